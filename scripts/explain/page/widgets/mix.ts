/** Diffie-Hellman on the small curve: both throw a number, and who knows what. */
import { pointsText } from '../../curveNumbers.ts';
import { BASE, multiply, ORDER, pointText } from '../../smallCurve.ts';
import { curve } from '../connection.ts';
import { make } from '../dom.ts';

export function mixFigure(): HTMLElement {
  const figure = make('figure', 'mix');
  const [board, server] = [slider('d, the board’s number', 5), slider('e, the server’s number', 12)];
  const table = make('table');
  const show = (): void => {
    const [d, e] = [Number(board.input.value), Number(server.input.value)];
    const [mine, theirs] = [multiply(d, BASE).result, multiply(e, BASE).result];
    const rows: [string, string, string, string][] = [
      ['keeps for itself', `d = ${d}`, '', `e = ${e}`],
      [
        'sends',
        `d·G = ${pointText(mine)} →`,
        `sees ${pointText(mine)} and ${pointText(theirs)}`,
        `← e·G = ${pointText(theirs)}`,
      ],
      ['computes', `${d} · ${pointText(theirs)}`, 'has neither d nor e', `${e} · ${pointText(mine)}`],
      ['has', pointText(multiply(d, theirs).result), 'no way to it but trying', pointText(multiply(e, mine).result)],
    ];
    const head = make('tr');
    for (const title of ['', 'board', 'stranger', 'server']) head.append(make('th', '', title));
    table.replaceChildren(
      head,
      ...rows.map(([what, ...cells]) => {
        const row = make('tr');
        const heading = make('th', '', what);
        heading.setAttribute('scope', 'row');
        row.append(heading, ...cells.map((cell) => make('td', '', cell)));
        return row;
      }),
    );
  };
  for (const { input } of [board, server]) input.addEventListener('input', show);
  const sliders = make('div', 'sliders');
  sliders.append(board.label, server.label);
  const words = `On the small curve of steps 8 and 9 a stranger finds d in 30 tries at most. On ${curve} it is the same game with ${pointsText(curve)}.`;
  figure.append(sliders, table, make('figcaption', '', words));
  show();
  return figure;
}

function slider(name: string, value: number): { label: HTMLElement; input: HTMLInputElement } {
  const label = make('label', '', name);
  const input = document.createElement('input');
  input.type = 'range';
  input.min = '1';
  input.max = String(ORDER - 1);
  input.value = String(value);
  // The arrow keys move the slider, not the tour.
  input.addEventListener('keydown', (event) => event.stopPropagation());
  label.append(input);
  return { label, input };
}
