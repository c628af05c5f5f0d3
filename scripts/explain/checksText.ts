/** The checks as a list at the end of the text. */
import { printable } from '../lib/console.ts';
import type { Check } from './checks.ts';
import { CODE } from './code.ts';
import { type Screen, wrapText } from './text.ts';

/** @param problem why the connection failed, as the last line; null if it did not */
export function writeChecks(checks: readonly Check[], problem: string | null, { paint, say, columns }: Screen): void {
  say('');
  say(paint('bold', 'Checked'));
  for (const { side, what, against, isRight, reference, code } of checks) {
    const mark = isRight === null ? paint('yellow', '?') : isRight ? paint('green', '✓') : paint('red', '✗');
    const secret = isRight === null ? ' (takes a secret)' : '';
    const text = printable(`${side}: ${what} against ${against}${secret} · ${reference} · ${CODE[code].file}`);
    let isFirst = true;
    wrapText(text, 3, columns, (line) => {
      say(isFirst ? ` ${mark} ${line.slice(3)}` : line);
      isFirst = false;
    });
  }
  if (problem !== null) wrapText(`✗ ${printable(problem)}`, 1, columns, (line) => say(paint('red', line)));
}
