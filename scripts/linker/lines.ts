/**
 * Line numbers that mean something. The engine's stack traces name lines, no columns, so a program on one line would
 * tell nothing; here each function that has a name begins a line (368 bytes of heap for the whole program), and a list
 * says which function of which source file that is.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parse, type Node, type Statement } from 'acorn';
import { childrenOf } from '../lib/syntaxTree.ts';

export interface NumberedProgram {
  code: string;
  /** For each line of the code the place in the sources: `createLog (firmware/log.ts:10)`. */
  lines: string[];
}

/**
 * Breaks a minified program into lines.
 * @param code what came out of minifying
 * @param readable what went in, which differs in names and blanks only
 * @param homeOf says which source file declares a name at its top level
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
    // Line ends that the minifier has put into template literals.
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
  /** A statement of a module, and not of a function in it. */
  isOutermost: boolean;
}

/** The statements that begin lines: all of each module, and further in those that declare functions. */
function landmarks(program: string): Landmark[] {
  const found: Landmark[] = [];
  const visit = (node: Node, depth: number): void => {
    if (node.type === 'BlockStatement') {
      // Around it: the block of the program.
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
    for (const child of childrenOf(node)) visit(child.node, depth);
  };
  visit(parse(program, { ecmaVersion: 2022 }), 0);
  return found;
}

/** The name of what a statement declares, empty if that has none; null if it begins no line. */
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

/** What a name may have been in its source: esbuild puts a number behind those that several scopes declare. */
function originals(name: string): string[] {
  return [name, ...[1, 2].filter((n) => /^\d+$/.test(name.slice(-n))).map((n) => name.slice(0, -n))];
}
