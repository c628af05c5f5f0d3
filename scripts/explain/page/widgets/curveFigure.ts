/** Adding two points of the small curve by hand. */
import { add, modulo, POINTS, PRIME, pointText, slopeOf } from '../../smallCurve.ts';
import { button, make } from '../dom.ts';
import { smallGrid } from './smallGrid.ts';

type Point = readonly [number, number];

export function curveFigure(): HTMLElement {
  const figure = make('figure', 'curve');
  const said = make('div', 'said');
  said.setAttribute('aria-live', 'polite');
  let chosen: Point[] = [];
  const grid = smallGrid((point) => {
    chosen = chosen.length === 2 ? [point] : [...chosen, point];
    show();
  });
  const show = (): void => {
    grid.clearLabels();
    grid.mark('chosen', chosen);
    grid.mark('sum', []);
    grid.mark('third', []);
    grid.dots([]);
    said.replaceChildren(...explain());
  };
  const explain = (): HTMLElement[] => {
    const [p, q] = chosen as [Point | undefined, Point | undefined];
    if (p === undefined) return [make('p', '', 'Choose a first point.')];
    grid.label(p, 'P');
    if (q === undefined) return [make('p', '', `P is ${pointText(p)}. Choose a second one, or P again to double it.`)];
    if (p !== q) grid.label(q, 'Q');
    const name = p === q ? '2·P' : 'P + Q';
    const slope = slopeOf(p, q);
    if (slope === null) {
      grid.dots(Array.from({ length: PRIME }, (_, y): Point => [p[0], y]));
      return [
        make('p', '', 'They lie above each other: the line is upright and meets the curve nowhere else.'),
        make('p', 'sum', `${name} = O`),
      ];
    }
    const sum = add(p, q) as Point;
    const third: Point = [sum[0], modulo(-sum[1])];
    grid.dots(Array.from({ length: PRIME }, (_, x): Point => [x, modulo(p[1] + slope * (x - p[0]))]));
    grid.mark('third', [third]);
    grid.mark('sum', [sum]);
    grid.label(sum, name);
    const line = p === q ? 'The line that touches the curve at P' : 'The line through P and Q';
    return [
      make(
        'p',
        '',
        `${line} climbs by ${slope} for each step to the right. It meets the curve again at ${pointText(third)}. Turned over:`,
      ),
      make('p', 'sum', `${name} = ${pointText(sum)}`),
    ];
  };
  const example = button('Show me one', '', () => {
    chosen = [POINTS[4], POINTS[11]];
    show();
  });
  const double = button('Double one', '', () => {
    chosen = [POINTS[4], POINTS[4]];
    show();
  });
  const controls = make('div', 'controls');
  controls.append(example, double);
  const side = make('div', 'side');
  side.append(said, controls);
  figure.append(grid.picture, side);
  show();
  return figure;
}
