/** The numbers of P-256 and the board's private key, bit by bit. */
import { curveNumbers } from '../../curveNumbers.ts';
import { curve, facts, withheldText } from '../connection.ts';
import { make } from '../dom.ts';

export function realCurveFigure(): HTMLElement {
  const figure = make('figure', 'real');
  const { prime, b, order, length } = curveNumbers(curve);
  const rows: [string, string][] = [
    ['the clock’s hours, p', prime.toString()],
    ['b, in y² = x³ − 3x + b', b.toString()],
    ['how many points, with O', order.toString()],
  ];
  const list = make('dl');
  for (const [name, value] of rows) list.append(make('dt', '', name), make('dd', '', value));
  figure.append(list);
  const { privateKey } = facts;
  if (privateKey === null) {
    figure.append(make('p', 'withheld', `The board’s private key d: ${withheldText()}.`));
    return figure;
  }
  const bits = privateKey.toString(2).padStart(8 * length, '0');
  const ones = bits.replaceAll('0', '').length;
  const grid = make('div', 'bits');
  for (const bit of bits) grid.append(make('i', bit === '1' ? 'set' : ''));
  grid.setAttribute('role', 'img');
  grid.setAttribute('aria-label', `The ${8 * length} bits of d, ${ones} of which are 1`);
  const caption = `d in bits. Read from the first 1 on, it takes ${privateKey.toString(2).length - 1} doublings and ${ones - 1} additions to get to d·G.`;
  figure.append(grid, make('figcaption', '', caption));
  return figure;
}
