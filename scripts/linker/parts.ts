/**
 * Parts of the device program that are not parsed when it starts: their text goes into a comment in front of the
 * program, and stubs in its place have `firmware/kaluma/parts.ts` load it when one of its functions is called.
 *
 * A part comes in pieces of some modules each. To parse a text, the engine needs it in one stretch of memory, twice while
 * it is read; in a heap that has been in use for long there are few stretches of 20 KB, and to find none is the end.
 */
import { parse, type Node } from 'acorn';
import { HEADER_LENGTH, HEADER_START } from '../../firmware/layout.ts';
import { forEachNode } from '../lib/syntaxTree.ts';
import type { NumberedProgram } from './lines.ts';
import type { PartRule } from '../../firmware/memoryPlan.ts';
import type { Section } from './link.ts';
import { takeTexts } from './texts.ts';

/** Parts by their names. */
export type Parts = Record<string, PartRule>;

/** What loads parts, and what that uses; it begins the program. */
export const RUNTIME = /(^|\/)firmware\/kaluma\/(parts|program|globals)\.ts$/;

/** Whether a part has a module; its rule may name the end of a path. */
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
    if (rule.optional === true && !paths.some((path) => hasModule(rule, path))) continue;
    const absent = rule.modules.find((module) => !paths.some((path) => hasModule({ modules: [module] }, path)));
    if (absent !== undefined) throw new Error(`the part ${name} names ${absent}, of which nothing is in the program`);
  }
}

/**
 * Characters of a piece, unless a module alone has more; minified, half of them are left. With 12,000 a board with three
 * sensors found no stretch for the part of MQTT and died, on the real image.
 */
export const PIECE = 5000;

/**
 * The statement that stands for a part: a function for each of its pieces, for deferredParts() to take out; one that puts
 * them together; and stubs for what the part exports.
 */
export function stubs(
  name: string,
  rule: PartRule,
  { exports, functions }: Section,
  pieces: readonly Section[],
): string {
  const { last } = rule;
  const value = exports.find((exported) => !functions.has(exported));
  if (value !== undefined) throw new Error(`${value} of the part ${name} is used outside, and no function`);
  const texts = pieces.map(({ text, imports, exports: names }) => {
    return `(${imports.join(', ')}) => {\n${text}\nreturn { ${byNumber(names)} };\n}`;
  });
  const loading = pieces.map(({ imports, exports: names }, i) => {
    return `const { ${byNumber(names)} } = loadPiece(${i})(${imports.join(', ')});`;
  });
  const numbered = byNumber(exports);
  const assemble = `(loadPiece) => {\n${loading.join('\n')}\nreturn { ${numbered} };\n}`;
  const lastIndex = last === undefined ? -1 : exports.indexOf(last);
  if (last !== undefined && lastIndex < 0) {
    throw new Error(`the part ${name} names ${last}, which it does not export or nothing outside of it uses`);
  }
  const values = [`'${name}'`, `[${texts.join(', ')}]`, exports.length, lastIndex, assemble];
  return `const { ${numbered} } = parts.defer(${values.join(', ')});`;
}

/** Handed over by number: unlike a variable, a property would keep its whole name in the minified text, twice. */
export function byNumber(names: readonly string[]): string {
  return names.map((name, i) => `${i}: ${name}`).join(', ');
}

/**
 * The statement that stands for modules that are loaded when the program starts: not parsed in one text with the rest
 * but by themselves, because to parse a text the engine needs it in one stretch of memory.
 */
export function loadNow({ text, imports, exports }: Section): string {
  const numbered = byNumber(exports);
  const piece = `(${imports.join(', ')}) => {\n${text}\n${exports.length === 0 ? '' : `return { ${numbered} };\n`}}`;
  const call = `parts.start([${piece}], 0)(${imports.join(', ')});`;
  return exports.length === 0 ? call : `const { ${numbered} } = ${call}`;
}

/**
 * Takes texts, the functions of parts, and those of what is loaded at the start, out of a program and puts them in front,
 * into a comment that begins with the header that `firmware/layout.ts` describes.
 */
export function deferredParts({ code: whole, lines }: NumberedProgram): NumberedProgram & { resident: number } {
  let comment = `/*${' '.repeat(HEADER_LENGTH)}\n`;
  const { code, texts } = takeTexts(whole, comment.length);
  const deferred = deferredNodes(code);
  if (deferred.length === 0) return { code, lines, resident: code.length };
  const lineAt = (offset: number): number => code.slice(0, offset).split('\n').length - 1;
  comment += `${texts}\n`;
  const commentLines = ['', ''];
  let program = '';
  let resident = 0;
  const programLines: string[] = [lines[0]];
  let from = 0;
  for (const { start, end, atStart } of deferred) {
    const text = `"use strict";return ${code.slice(start, end)}`;
    if (text.includes('*/')) throw new Error('a part of the program would end the comment that it is put into');
    program += `${code.slice(from, start)}${comment.length},${text.length},${commentLines.length}`;
    programLines.push(...lines.slice(lineAt(from) + 1, lineAt(start) + 1));
    comment += `${text}\n`;
    commentLines.push(...lines.slice(lineAt(start), lineAt(end) + 1));
    if (atStart) resident += text.length;
    from = end;
  }
  programLines.push(...lines.slice(lineAt(from) + 1));
  program += code.slice(from);
  comment += '*/';
  const header = JSON.stringify([comment.length, program.length, commentLines.length]);
  return {
    code: `/*${header.padEnd(HEADER_LENGTH)}${comment.slice(HEADER_START + HEADER_LENGTH)}${program}`,
    lines: [...commentLines, ...programLines],
    resident: resident + program.length,
  };
}

/** In order; `atStart`: a piece that the program loads when it starts. */
function deferredNodes(code: string): { start: number; end: number; atStart: boolean }[] {
  const found: { start: number; end: number; atStart: boolean }[] = [];
  forEachNode(parse(code, { ecmaVersion: 2022 }), (node) => {
    if (node.type !== 'CallExpression') return;
    const values = (node as Node & { arguments: Node[] }).arguments;
    const shape = values.map(({ type }) => type).join(' ');
    const elements = (index: number): Node[] => (values[index] as Node & { elements: Node[] }).elements;
    if (/^Literal ArrayExpression Literal \w+ ArrowFunctionExpression$/.test(shape)) {
      found.push(...elements(1).map(({ start, end }) => ({ start, end, atStart: false })));
    } else if (shape === 'ArrayExpression Literal' && elements(0)[0]?.type === 'ArrowFunctionExpression') {
      const [{ start, end }] = elements(0);
      found.push({ start, end, atStart: true });
    }
  });
  return found.sort((a, b) => a.start - b.start);
}
