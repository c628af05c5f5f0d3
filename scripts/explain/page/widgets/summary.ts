/** Shows the aims of the connection, and how each is reached. */
import { make } from '../dom.ts';

const ROWS: readonly [string, string][] = [
  ['Nobody reads', 'AES under keys that only two can compute, from a point that only two have'],
  ['Nobody changes', 'the tag of every record; Finished for the handshake before there were keys'],
  ['The right server', 'a chain of signatures up to a root in the board’s flash, and a signed point'],
  ['The right board', 'a signature with the key that never leaves it, over this very handshake'],
];

export function summaryFigure(): HTMLElement {
  const figure = make('figure', 'summary');
  const list = make('dl');
  for (const [what, how] of ROWS) list.append(make('dt', '', what), make('dd', '', how));
  figure.append(list);
  return figure;
}
