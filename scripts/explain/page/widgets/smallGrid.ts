/** The picture of the small curve: a grid of 23 by 23 with its points on it, which can be chosen. */
import { svg } from '../dom.ts';
import { POINTS, PRIME, pointText, type SmallPoint } from '../../smallCurve.ts';

const CELL = 20;
const MARGIN = 26;

/** Places for a name beside its point: how far right and down, and which of its ends is there. */
const SIDES: readonly [right: number, down: number, anchor: 'start' | 'end'][] = [
  [10, -13, 'start'],
  [10, 13, 'start'],
  [-10, -13, 'end'],
  [-10, 13, 'end'],
];

export interface SmallGrid {
  picture: SVGElement;
  /** Gives points a class, others lose it. */
  mark(className: string, points: readonly SmallPoint[]): void;
  /** Small dots, for a line. */
  dots(places: readonly (readonly [number, number])[]): void;
  /** A name beside a point; none if it is null. */
  label(point: SmallPoint, text: string): void;
  clearLabels(): void;
}

/** @param choose is told of a point that is clicked, or chosen by Enter or the space bar */
export function smallGrid(choose: (point: readonly [number, number]) => void): SmallGrid {
  const size = PRIME * CELL + MARGIN + 6;
  const x = (value: number): number => MARGIN + CELL * value + CELL / 2;
  const y = (value: number): number => size - MARGIN - CELL * value - CELL / 2;
  const lines = svg('g', { class: 'lines' });
  for (let i = 0; i < PRIME; i++) {
    lines.append(svg('path', { d: `M${x(i)} ${y(0)}V${y(PRIME - 1)}M${x(0)} ${y(i)}H${x(PRIME - 1)}` }));
    if (i % 2 === 1) continue;
    lines.append(
      svg('text', { x: x(i), y: size - 6, 'text-anchor': 'middle' }, document.createTextNode(String(i))),
      svg('text', { x: MARGIN - 4, y: y(i) + 4, 'text-anchor': 'end' }, document.createTextNode(String(i))),
    );
  }
  const dotLayer = svg('g', { class: 'dots' });
  const pointLayer = svg('g', { class: 'points' });
  const labelLayer = svg('g', { class: 'labels' });
  const circles = POINTS.map((point) => {
    const circle = svg('circle', {
      cx: x(point[0]),
      cy: y(point[1]),
      r: 7,
      tabindex: 0,
      role: 'button',
      'aria-label': `point ${pointText(point)}`,
    });
    circle.addEventListener('click', () => choose(point));
    circle.addEventListener('keydown', (event) => {
      if (!(event instanceof KeyboardEvent) || (event.key !== 'Enter' && event.key !== ' ')) return;
      choose(point);
      event.preventDefault();
    });
    pointLayer.append(circle);
    return circle;
  });
  /** Whether a name in the middle of which this is covers no point, and is in the picture. */
  const isFree = (px: number, py: number): boolean =>
    px > 0 &&
    px < size &&
    py > 8 &&
    py < size &&
    POINTS.every(([qx, qy]) => Math.abs(x(qx) - px) > 26 || Math.abs(y(qy) - py) > 14);
  const picture = svg(
    'svg',
    { viewBox: `0 0 ${size} ${size}`, class: 'small-curve' },
    lines,
    dotLayer,
    pointLayer,
    labelLayer,
  );
  return {
    picture,
    mark(className, points) {
      circles.forEach((circle, i) => {
        const [px, py] = POINTS[i];
        circle.classList.toggle(
          className,
          points.some((point) => point !== null && point[0] === px && point[1] === py),
        );
      });
    },
    dots(places) {
      dotLayer.replaceChildren(...places.map(([px, py]) => svg('circle', { cx: x(px), cy: y(py), r: 2.5 })));
    },
    label(point, text) {
      if (point === null) return;
      const [cx, cy] = [x(point[0]), y(point[1])];
      const [dx, dy, anchor] = SIDES.find(([right, down]) => isFree(cx + 2.5 * right, cy + down)) ?? SIDES[0];
      const place = { x: cx + dx, y: cy + dy + 5, 'text-anchor': anchor };
      labelLayer.append(svg('text', place, document.createTextNode(text)));
    },
    clearLabels() {
      labelLayer.replaceChildren();
    },
  };
}
