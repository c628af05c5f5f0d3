/**
 * Gives line numbers a meaning. The engine's stack traces name lines and no columns, so in a program on one line they
 * would say nothing. Here each named function begins a new line (368 bytes of heap for the whole program), and a list
 * tells which function of which source file each line belongs to.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parse, type Node, type Statement } from 'acorn';
import { forEachChild } from '../lib/syntaxTree.ts';

export interface NumberedProgram {
  code: string;
  /** The position in the sources for each line of the code: `createLog (firmware/log.ts:10)`. */
  lines: string[];
}

/**
 * Breaks a minified program into lines.
 * @param code the result of minifying
 * @param readable the same program before minifying, which differs only in names and blanks
 * @param homeOf returns the source file that declares a name at its top level
 */
export function numberLines(
  code: string,
  readable: string,
  homeOf: (name: string) => string | undefined,
): NumberedProgram {
  const starts = landmarks(code);
  const names = landmarks(readable);
  if (starts.length !== names.length) throw new Error('the minified program has other functions than its source');
  let text = '';
  let from = 0;
  let home = '';
  const lines = [''];
  const copyTo = (end: number): void => {
    const piece = code.slice(from, end);
    // The minifier puts line ends into template literals.
    for (let i = piece.split('\n').length; i > 1; i--) lines.push(lines[lines.length - 1]);
    text += piece;
    from = end;
  };
  starts.forEach(({ start }, i) => {
    copyTo(start);
    text += '\n';
    const { name, isOutermost } = names[i];
    if (isOutermost)
      home =
        originals(name)
          .map(homeOf)
          .find((path) => path !== undefined) ?? home;
    lines.push(describe(name, home));
  });
  copyTo(code.length);
  return { code: text, lines };
}

interface Landmark {
  start: number;
  name: string;
  /** Whether the statement stands at the top level of a module, and not in one of its functions. */
  isOutermost: boolean;
}

/** The statements that begin lines: all of each module, and in functions those that declare functions. */
function landmarks(program: string): Landmark[] {
  const found: Landmark[] = [];
  const visit = (node: Node, depth: number): void => {
    if (node.type === 'BlockStatement') {
      // The block of the program surrounds it.
      const isOutermost = depth === 1;
      for (const statement of (node as Node & { body: Statement[] }).body) {
        const name = declaredName(statement, isOutermost);
        if (depth > 0 && name !== null) found.push({ start: statement.start, name, isOutermost });
        visitChildren(statement, depth + 1);
      }
    } else {
      visitChildren(node, depth);
    }
  };
  const visitChildren = (node: Node, depth: number): void => {
    forEachChild(node, (child) => visit(child, depth));
  };
  visit(parse(program, { ecmaVersion: 2022 }), 0);
  return found;
}

/** The name that a statement declares, empty if it declares none; null if the statement begins no line. */
function declaredName(statement: Statement, isOutermost: boolean): string | null {
  if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration') return statement.id.name;
  if (statement.type === 'VariableDeclaration') {
    const { declarations } = statement;
    const declaration = declarations.find(({ init }) => init?.type.endsWith('FunctionExpression') === true);
    const { id } = declaration ?? declarations[0];
    if (declaration !== undefined || isOutermost) return id.type === 'Identifier' ? id.name : '';
    return null;
  }
  return isOutermost && statement.type !== 'ReturnStatement' ? '' : null;
}

function describe(name: string, file: string): string {
  if (name === '' || !existsSync(file)) return file;
  const source = readFileSync(file, 'utf8').split('\n');
  for (const plain of originals(name)) {
    const declaration = new RegExp(`\\b(?:function\\*?|class|const|let|var) ${plain.replaceAll('$', '\\$')}\\b`);
    const index = source.findIndex((line) => declaration.test(line));
    if (index >= 0) return `${plain} (${file}:${index + 1})`;
  }
  return `${name} (${file})`;
}

/** The possible source names of a name: esbuild appends a number to names that several scopes declare. */
function originals(name: string): string[] {
  return [name, ...[1, 2].filter((n) => /^\d+$/.test(name.slice(-n))).map((n) => name.slice(0, -n))];
}
