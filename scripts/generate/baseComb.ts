/**
 * Writes src/crypto/baseComb.ts, the table of multiples of P-256's G that `sumOfMultiples()` uses, from the function that
 * makes such tables on the board for other points:
 *
 *     node --import ./scripts/typescript.js scripts/generate/baseComb.ts
 *
 * Each coordinate is 64 hexadecimal digits, because the engine makes a BigInt of those in one call. A line of eight is one
 * string, which the build leaves in flash (`scripts/linker/texts.ts`): the board reads 512 characters at a time.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { curveOf } from '../../src/crypto/curve.ts';
import { combTable } from '../../src/crypto/combTable.ts';
import { finish } from '../../src/index.ts';
import { formatted } from './formatted.ts';

const FILE = fileURLToPath(new URL('../../src/crypto/baseComb.ts', import.meta.url));

const NUMBERS_A_LINE = 8;

const HEADER = `/**
 * Written by scripts/generate/baseComb.ts, which explains it; do not edit. The board reads this table in 25 ms, and would
 * compute it in 0.6 s.
 */

/** Appends the numbers that a line of hexadecimal digits holds, 64 digits each. */
function append(table: bigint[], line: string): void {
  for (let at = 0; at < line.length; at += 64) table.push(BigInt('0x' + line.slice(at, at + 64)));
}

/** The comb's table of P-256's G: x and 2y of 32 points, as residues modulo p. */
export function baseComb(): bigint[] {
  const table: bigint[] = [];`;

export function generateBaseComb(): Promise<string> {
  const { field, base } = curveOf('P-256');
  const digits = finish(combTable(field, base)).map((residue) => residue.toString(16).padStart(64, '0'));
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += NUMBERS_A_LINE) {
    lines.push(`append(table, '${digits.slice(at, at + NUMBERS_A_LINE).join('')}');`);
  }
  return formatted(FILE, `${HEADER}\n${lines.join('\n')}\nreturn table;\n}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, await generateBaseComb());
