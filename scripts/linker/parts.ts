/**
 * Parts of the device program that are not parsed when it starts: `firmware/kaluma/parts.ts` loads them when one of their
 * functions is called, or when the memory plan says so.
 *
 * The whole program comes in pieces of some modules each. To parse a text, the engine needs it in one stretch of memory,
 * twice while it is read. A heap that has been in use for long has few stretches of 20 KB, and the engine ends if it finds none.
 * The pieces lie in a comment in front of the code that runs first. Each piece is a function. It takes the values that it uses of
 * other pieces, and returns those that others use of it. All these values have numbers, and texts behind the pieces say which
 * piece takes and gives which.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parse, type Node } from 'acorn';
import { HEADER_LENGTH, HEADER_START, MAX_TEXT, PART_NUMBERS } from '../../firmware/layout.ts';
import { forEachNode, isIdentifier } from '../lib/syntaxTree.ts';
import type { NumberedProgram } from './lines.ts';
import type { PartRule } from '../../firmware/memoryPlan.ts';
import type { Section } from './section.ts';
import { takeTexts } from './texts.ts';

/** Parts by their names. */
export type Parts = Record<string, PartRule>;

/** The modules that load parts, with those that they use; they run first. */
export const RUNTIME = /(^|\/)firmware\/kaluma\/(parts|program|globals)\.ts$/;

/** Whether a module belongs to a part. A rule may name the end of a path. */
export function hasModule({ modules }: PartRule, path: string): boolean {
  return modules.some((name) => path === name || path.endsWith(`/${name}`));
}

/**
 * Refuses a rule that has no effect.
 * @param paths of the modules that are in the program
 * @throws Error that names the rule
 */
export function checkParts(parts: Parts, paths: readonly string[]): void {
  for (const [name, rule] of Object.entries(parts)) {
    if (rule.modules.length === 0) throw new Error(`the part ${name} names no module`);
    if (rule.optional === true && !paths.some((path) => hasModule(rule, path))) {
      checkLeftOut(name, rule);
      continue;
    }
    const absent = rule.modules.find((module) => !paths.some((path) => hasModule({ modules: [module] }, path)));
    if (absent !== undefined) throw new Error(`the part ${name} names ${absent}, of which nothing is in the program`);
  }
}

/**
 * Checks the rule of a part that is not in the program by the part's sources, because else a misspelt name would wait for a
 * board that has the part. @throws Error that names the rule
 */
function checkLeftOut(name: string, { modules, last }: PartRule): void {
  const missing = modules.find((module) => !existsSync(module));
  if (missing !== undefined) throw new Error(`the part ${name} names ${missing}, which is no file`);
  const isLast = (text: string): boolean => new RegExp(`^export (function\\*?|const) ${last}\\b`, 'm').test(text);
  if (last !== undefined && !modules.some((module) => isLast(readFileSync(module, 'utf8')))) {
    throw new Error(`the part ${name} names ${last}, no function that ${modules.join(' or ')} exports`);
  }
}

/**
 * Most characters of a piece, unless one module has more. Minifying leaves half of them. With 12,000, a board with three
 * sensors found no stretch for the part of MQTT and died (on the real image).
 */
export const PIECE = 5000;

/** A part, as one section and cut into pieces. */
export interface PartSections {
  name: string;
  rule: PartRule;
  section: Section;
  pieces: Section[];
}

/**
 * Numbers all names that one piece uses of another: first those that are always there, then PART_NUMBERS for each part,
 * with 0 for the function whose call releases it.
 * @param always names that the pieces of no part hand out
 * @throws Error for a part whose rule does not fit it
 */
export function numberNames(always: readonly string[], parts: readonly PartSections[]): Map<string, number> {
  const numbers = new Map(always.map((name, i) => [name, i]));
  if (always.length > PART_NUMBERS) throw new Error(`${always.length} names are shared, ${PART_NUMBERS} can be`);
  parts.forEach(({ name, rule: { last }, section: { exports, functions }, pieces }, i) => {
    const value = exports.find((exported) => !functions.has(exported));
    if (value !== undefined) throw new Error(`${value} of the part ${name} is used outside, and no function`);
    if (last !== undefined && !exports.includes(last)) {
      throw new Error(`the part ${name} names ${last}, which it does not export or nothing outside of it uses`);
    }
    const base = (i + 1) * PART_NUMBERS;
    let count = 0;
    for (const exported of new Set([...exports, ...pieces.flatMap((piece) => piece.exports)])) {
      numbers.set(exported, base + (exported === last ? 0 : ++count));
    }
    if (count >= PART_NUMBERS) throw new Error(`the part ${name} shares ${count} names, ${PART_NUMBERS - 1} can be`);
  });
  return numbers;
}

/** Marks for deferredParts(), which removes them: calls of functions that do not exist. */
const PIECE_CALL = '$piece';
const DESCRIPTION_CALL = '$description';

/** Returns the statement that stands for a piece. @param part number of its part, from 1 on; 0 if it belongs to none */
export function pieceStatement(
  { text, imports, exports }: Section,
  part: number,
  numbers: ReadonlyMap<string, number>,
): string {
  const list = (names: readonly string[]): string => names.map((name) => numbers.get(name)).join();
  const results = exports.length === 0 ? '' : `return [${exports.join(', ')}];\n`;
  const function_ = `(${imports.join(', ')}) => {\n${text}\n${results}}`;
  return `${PIECE_CALL}('${part} ${list(imports)} ${list(exports)}', ${function_});`;
}

/** Returns the statement that starts the loading of the program. */
export function startStatement(parts: readonly PartSections[]): string {
  return `parts.start(${DESCRIPTION_CALL}('${parts.map(({ name }) => name).join()}'));`;
}

/**
 * Takes texts and pieces out of a program and puts them in front, into a comment that begins with the header that
 * `firmware/layout.ts` describes.
 */
export function deferredParts({ code: whole, lines }: NumberedProgram): NumberedProgram & { resident: number } {
  let comment = `/*${' '.repeat(HEADER_LENGTH)}\n`;
  const { code, texts } = takeTexts(whole, comment.length);
  const { pieces, description } = deferredNodes(code);
  if (description === null) return { code, lines, resident: code.length };
  const lineAt = (offset: number): number => code.slice(0, offset).split('\n').length - 1;
  comment += `${texts}\n`;
  const commentLines = ['', ''];
  let program = '';
  let resident = 0;
  const programLines: string[] = [lines[0]];
  let from = 0;
  const copyTo = (end: number): void => {
    program += code.slice(from, end);
    programLines.push(...lines.slice(lineAt(from) + 1, lineAt(end) + 1));
    from = end;
  };
  /**
   * Describes the pieces that belong to no part, and then those of each part: their places, and the values that they take and
   * give.
   */
  const described: string[][] = ['', ...description.names].map(() => []);
  for (const { start, end, body, part, names } of pieces) {
    const text = code.slice(body.start, body.end);
    if (text.includes('*/')) throw new Error('a part of the program would end the comment that it is put into');
    copyTo(start);
    described[part].push(`${comment.length} ${text.length} ${commentLines.length} ${names}`);
    comment += `${text}\n`;
    commentLines.push(...lines.slice(lineAt(body.start), lineAt(body.end) + 1));
    if (part === 0) resident += text.length;
    from = end;
  }
  const entries = description.names.map((name, i) => {
    const text = described[i + 1].join(';');
    if (text.length > MAX_TEXT) throw new Error(`the part ${name} has too many pieces to be described`);
    const number = comment.length * (MAX_TEXT + 1) + text.length;
    comment += text;
    return `${name} ${number}`;
  });
  const table = [described[0].join(';'), ...entries].join('|');
  copyTo(description.start);
  program += `${comment.length},${table.length}`;
  from = description.end;
  copyTo(code.length);
  comment += `${table}*/`;
  commentLines.push('');
  const header = JSON.stringify([comment.length, program.length, commentLines.length - 1]);
  return {
    code: `/*${header.padEnd(HEADER_LENGTH)}${comment.slice(HEADER_START + HEADER_LENGTH)}${program}`,
    lines: [...commentLines.slice(0, -1), ...programLines],
    resident: resident + program.length,
  };
}

interface DeferredPiece {
  start: number;
  end: number;
  /** The function. */
  body: Node;
  part: number;
  /** Numbers of what it takes and gives. */
  names: string;
}

/** The pieces in order, and the description's place and names of parts; null if the program does not come in pieces. */
function deferredNodes(code: string): {
  pieces: DeferredPiece[];
  description: { start: number; end: number; names: string[] } | null;
} {
  const pieces: DeferredPiece[] = [];
  let description: { start: number; end: number; names: string[] } | null = null;
  forEachNode(parse(code, { ecmaVersion: 2022 }), (node) => {
    if (node.type !== 'CallExpression') return;
    const { callee, arguments: values } = node as Node & { callee: Node; arguments: (Node & { value?: string })[] };
    if (!isIdentifier(callee)) return;
    const { start, end } = node;
    const text = values[0]?.value ?? '';
    if (callee.name === PIECE_CALL) {
      const [part, ...names] = text.split(' ');
      // The piece ends with the semicolon behind the call.
      pieces.push({ start, end: end + 1, body: values[1], part: Number(part), names: names.join(' ') });
    } else if (callee.name === DESCRIPTION_CALL) {
      description = { start, end, names: text === '' ? [] : text.split(',') };
    }
  });
  return { pieces, description };
}
