/** Draws the board, a stranger on the way, and the server. */
import { make, svg } from '../dom.ts';

export function attackerFigure(): HTMLElement {
  const figure = make('figure');
  const text = (x: number, y: number, words: string, className = ''): SVGElement =>
    svg('text', { x, y, class: className, 'text-anchor': 'middle' }, document.createTextNode(words));
  const box = (x: number, className: string): SVGElement =>
    svg('rect', { x, y: 40, width: 130, height: 64, rx: 10, class: `box ${className}` });
  const picture = svg(
    'svg',
    {
      viewBox: '0 14 640 166',
      role: 'img',
      'aria-label': 'The board and the server talk; a stranger is on the wire between them.',
    },
    box(10, 'board'),
    text(75, 68, 'board', 'label'),
    text(75, 90, '21.5 °C', 'small'),
    box(500, 'server'),
    text(565, 68, 'server', 'label'),
    text(565, 90, 'keeps readings', 'small'),
    svg('path', { d: 'M142 72 H498', class: 'wire' }),
    svg('rect', { x: 230, y: 40, width: 180, height: 64, rx: 10, class: 'box stranger' }),
    text(320, 68, 'stranger', 'label'),
    text(320, 90, 'Wi-Fi, router, provider', 'small'),
    text(320, 138, 'reads · changes · keeps · sends again · answers in your place', 'small strong'),
    text(320, 164, 'and can always cut the wire', 'small'),
  );
  figure.append(picture);
  return figure;
}
