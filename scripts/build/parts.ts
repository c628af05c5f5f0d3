/**
 * Parts of the device program that are not parsed when it starts: their text goes into a comment in front of the
 * program, and stubs in its place have `firmware/kaluma/parts.ts` load it when one of its functions is called.
 */
import { parse, type Node } from 'acorn';
import { forEachNode } from '../../board/simulated/engine/text.ts';
import type { NumberedProgram } from './lines.ts';
import type { Section } from './link.ts';

/** A part's modules, by its name. */
export type Parts = Record<string, RegExp>;

/** What loads parts, and what that uses; it begins the program. */
export const RUNTIME = /(^|\/)firmware\/kaluma\/(parts|globals)\.ts$/;

/**
 * The parts of the device program. What others use of them must be functions, and what they keep is lost when they are
 * let go of. Classes of errors, which are asked for by `instanceof`, are in none.
 */
export const PARTS: Parts = {
  time: /^firmware\/(sntp|timeSync|kaluma\/udp)\.ts$/,
  curves: /^src\/crypto\/(curve|ecdsa|heap|invert|jacobian|modulus|p256|scalarMultiplication)\.ts$/,
  rsa: /^src\/crypto\/(rsa|rsaModulus)\.ts$/,
  x509: /^src\/x509\/(certificate|der|extensions|hostname|path|publicKey)\.ts$/,
  handshake:
    /^src\/(tls\/(certificate|certificateRequest|certificateVerify|clientHello|clientKeyExchange|extensions|finished|keySchedule|prepare|serverHello|serverKeyExchange|signatureScheme|states\/(clientFlight|finish|serverCredentials|serverHello|state)|transcript)|crypto\/prf|x509\/signature)\.ts$/,
  mqtt: /^src\/mqtt\/(client|decode|encode)\.ts$/,
};

/** The statement that stands for a part: its function, for deferredParts() to take out, and stubs for its exports. */
export function stubs(name: string, { text, imports, exports }: Section): string {
  const names = imports.join(', ');
  const numbered = exports.map((name, i) => `${i}: ${name}`).join(', ');
  const whole = `(${names}) => {\n${text}\nreturn { ${numbered} };\n}`;
  return `const { ${numbered} } = parts.defer('${name}', ${whole}, ${exports.length}, () => [${names}]);`;
}

/** Takes the functions of parts out of a program, and puts them in front. */
export function deferredParts({ code, lines }: NumberedProgram): NumberedProgram {
  const functions = partFunctions(code);
  if (functions.length === 0) return { code, lines };
  const lineAt = (offset: number): number => code.slice(0, offset).split('\n').length - 1;
  let comment = '/*\n';
  const commentLines = [''];
  let program = '';
  const programLines: string[] = [lines[0]];
  let from = 0;
  for (const { start, end } of functions) {
    const text = `"use strict";return${code.slice(start, end)}`;
    if (text.includes('*/')) throw new Error('a part of the program would end the comment that it is put into');
    program += `${code.slice(from, start)}${comment.length},${text.length},${commentLines.length}`;
    programLines.push(...lines.slice(lineAt(from) + 1, lineAt(start) + 1));
    comment += `${text}\n`;
    commentLines.push(...lines.slice(lineAt(start), lineAt(end) + 1));
    from = end;
  }
  programLines.push(...lines.slice(lineAt(from) + 1));
  return { code: `${comment}*/${program}${code.slice(from)}`, lines: [...commentLines, ...programLines] };
}

function partFunctions(code: string): Node[] {
  const found: Node[] = [];
  forEachNode(parse(code, { ecmaVersion: 2022 }), (node) => {
    if (node.type !== 'CallExpression') return;
    const values = (node as Node & { arguments: Node[] }).arguments;
    const shape = values.map(({ type }) => type).join(' ');
    if (shape === 'Literal ArrowFunctionExpression Literal ArrowFunctionExpression') found.push(values[1]);
  });
  return found;
}
