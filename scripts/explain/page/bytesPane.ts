/** The bytes of a record in rows, digits and characters. */
import type { PageBlock } from './data.ts';
import { element, make } from './dom.ts';
import { type Cell, hover, pick, selection } from './selection.ts';

/** On a phone a row has 8 bytes, so that nothing is cut off. */
const narrow = matchMedia('(max-width: 700px)');

/** @param onByte is told of each byte that is clicked: its block and offset */
export function showBytes({ label, hex }: PageBlock, onByte: (block: number, at: number) => void): void {
  const pane = element('bytes');
  const cells: Cell[] = [];
  const number = selection.cells.push(cells) - 1;
  const perRow = narrow.matches ? 8 : 16;
  pane.append(make('h2', '', label));
  const rows = make('div', 'rows');
  rows.style.setProperty('--per-row', String(perRow));
  for (let at = 0; at < hex.length / 2; at += perRow) {
    const row = make('div', 'row');
    const [digits, characters] = [make('span', 'hex'), make('span')];
    for (let i = at; i < Math.min(at + perRow, hex.length / 2); i++) {
      const cell = makeCell(hex.slice(2 * i, 2 * i + 2));
      for (const place of cell.places) {
        place.addEventListener('mouseenter', () => hover(cell.leaf));
        place.addEventListener('mouseleave', () => hover(null));
        place.addEventListener('click', () => {
          pick(cell.leaf, true);
          onByte(number, i);
        });
      }
      digits.append(cell.places[0]);
      characters.append(cell.places[1]);
      cells.push(cell);
    }
    row.append(make('span', 'at', at.toString(16).padStart(4, '0')), digits, characters);
    rows.append(row);
  }
  pane.append(rows);
}

/** Calls back when rows of another length would fit better. */
export function onWidthChange(redraw: () => void): void {
  narrow.addEventListener('change', redraw);
}

function makeCell(pair: string): Cell {
  const isWithheld = pair === '--';
  const code = parseInt(pair, 16);
  const isText = code > 31 && code < 127;
  const character = isWithheld ? '-' : isText ? String.fromCharCode(code) : '·';
  return {
    places: [make('i', isWithheld ? 'withheld' : '', pair), make('i', isText ? '' : 'pale', character)],
    leaf: null,
  };
}
