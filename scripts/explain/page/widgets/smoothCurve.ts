/** The rule of adding as it is drawn on paper, where coordinates may be any numbers: line, third point, turned over. */
import { A, B } from '../../smallCurve.ts';
import { make, svg } from '../dom.ts';

const SCALE = 34;
const WIDTH = 260;
const HEIGHT = 300;
/** The left end of the curve, where x³ − 3x + 8 is 0. */
const LEFT = -2.4926;
const RIGHT = 2.62;
/** The x of the two points that are added. */
const [PX, QX] = [-2, 0];

export function smoothCurveFigure(): HTMLElement {
  const figure = make('figure', 'curve paper');
  const [py, qy] = [heightAt(PX), heightAt(QX)];
  const slope = (qy - py) / (QX - PX);
  const thirdX = slope * slope - PX - QX;
  const thirdY = py + slope * (thirdX - PX);
  const half = (sign: number): string =>
    Array.from({ length: 61 }, (_, i) => LEFT + (RIGHT - LEFT) * (i / 60) ** 2)
      .map((at) => place(at, sign * heightAt(at)))
      .join('L');
  const end = (at: number): string => place(at, py + slope * (at - PX));
  const point = (x: number, y: number, className: string, name: string, dx: number, dy: number): SVGElement[] => [
    svg('circle', { cx: left(x), cy: top(y), r: 6, class: className }),
    svg('text', { x: left(x) + dx, y: top(y) + dy }, document.createTextNode(name)),
  ];
  const picture = svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': 'A curve, a line through its points P and Q, the third point on it, and P + Q below that',
    },
    svg('path', { d: `M0 ${top(0)}H${WIDTH}`, class: 'axis' }),
    svg('path', { d: `M${half(1)}`, class: 'graph' }),
    svg('path', { d: `M${half(-1)}`, class: 'graph' }),
    svg('path', { d: `M${end(-3.4)}L${end(3.4)}`, class: 'line' }),
    svg('path', { d: `M${place(thirdX, thirdY)}L${place(thirdX, -thirdY)}`, class: 'turn' }),
    ...point(PX, py, 'chosen', 'P', -6, -12),
    ...point(QX, qy, 'chosen', 'Q', -6, -12),
    ...point(thirdX, thirdY, 'third', '', 0, 0),
    ...point(thirdX, -thirdY, 'sum', 'P + Q', -62, 5),
  );
  const rule = make('ol', 'rule');
  for (const words of [
    'Lay a line through P and Q.',
    'It meets the curve in one more point.',
    'Turn that one over, from above to below: this is P + Q.',
  ])
    rule.append(make('li', '', words));
  const note =
    'So it looks where coordinates are any numbers. To double P, take the line that touches the curve there.';
  const side = make('div', 'side');
  side.append(make('h3', '', 'On paper'), rule, make('p', '', note));
  figure.append(picture, side);
  return figure;
}

/** y of the upper half of y² = x³ − 3x + 8. */
function heightAt(x: number): number {
  return Math.sqrt(Math.max(0, x ** 3 + A * x + B));
}

function left(x: number): number {
  return WIDTH / 2 + SCALE * x;
}

function top(y: number): number {
  return HEIGHT / 2 - SCALE * y;
}

function place(x: number, y: number): string {
  return `${left(x).toFixed(1)} ${top(y).toFixed(1)}`;
}
