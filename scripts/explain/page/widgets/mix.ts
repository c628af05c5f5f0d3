/** Diffie-Hellman: who knows what. */
import { make } from '../dom.ts';

const ROWS: readonly [string, string, string, string][] = [
  ['keeps for itself', 'd', '', 'e'],
  ['sends', 'd·G →', 'sees d·G and e·G', '← e·G'],
  ['computes', 'd·(e·G)', 'cannot get back to d or e', 'e·(d·G)'],
  ['has', 'de·G', 'nothing', 'de·G'],
];

export function mixFigure(): HTMLElement {
  const figure = make('figure', 'mix');
  const table = make('table');
  const head = make('tr');
  for (const title of ['', 'board', 'stranger', 'server']) head.append(make('th', '', title));
  table.append(head);
  for (const [what, ...cells] of ROWS) {
    const row = make('tr');
    const heading = make('th', '', what);
    heading.setAttribute('scope', 'row');
    row.append(heading, ...cells.map((cell) => make('td', '', cell)));
    table.append(row);
  }
  figure.append(table);
  return figure;
}
