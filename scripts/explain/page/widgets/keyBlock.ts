/** Shows the key block, cut into keys and IVs. */
import { facts, withheldText } from '../connection.ts';
import { digits, make } from '../dom.ts';

const CUTS: readonly [name: string, about: string, start: number, end: number][] = [
  ['client_write_key', 'AES key of what the board sends', 0, 16],
  ['server_write_key', 'AES key of what the server sends', 16, 32],
  ['client_write_IV', 'begins the board’s nonces', 32, 36],
  ['server_write_IV', 'begins the server’s nonces', 36, 40],
];

export function keyBlockFigure(): HTMLElement {
  const figure = make('figure', 'cuts');
  const { keyBlock } = facts;
  for (const [name, about, start, end] of CUTS) {
    const box = make('div', 'cut');
    box.style.flexGrow = String(end - start);
    const value = keyBlock === null ? withheldText() : digits(keyBlock.subarray(start, end));
    box.append(make('b', '', name), make('span', 'about', about), make('code', '', value));
    figure.append(box);
  }
  return figure;
}
