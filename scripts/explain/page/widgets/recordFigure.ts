/** The connection's records as they came, as bars. */
import { data, tape } from '../connection.ts';
import { bytesText, button, make } from '../dom.ts';
import { go } from '../navigation.ts';
import { quietFigure } from './quiet.ts';

export function recordFigure(): HTMLElement {
  const figure = make('figure', 'envelopes');
  const most = Math.max(...data.entries.map(({ size }) => size));
  data.entries.forEach(({ kind, titles, size, reference, at }, entry) => {
    if (kind === 'secret') return;
    const row = button('', `envelope ${kind}${reference === 'encrypted' ? ' sealed' : ''}`, () =>
      go({ view: 'inspect', entry }),
    );
    const bar = make('span', 'bar');
    bar.style.width = `${Math.max(3, (100 * size) / most)}%`;
    const when = at === null ? '' : `${Math.round(at.ms).toLocaleString('en')} ms`;
    row.append(
      make('span', 'way', kind === 'out' ? '→' : '←'),
      make('span', 'titles', titles.join(', ')),
      make('span', 'meter'),
      make('span', 'size', `${bytesText(size)}${reference === '' ? '' : ', encrypted'}`),
      make('span', 'when', when),
    );
    row.querySelector('.meter')?.append(bar);
    row.setAttribute(
      'aria-label',
      `${kind === 'out' ? 'board to server' : 'server to board'}: ${titles.join(', ')}, ${bytesText(size)}`,
    );
    figure.append(row);
  });
  figure.append(
    make('figcaption', '', 'The records of this connection in the order of time. Each leads to its bytes.'),
  );
  if (tape.kind === 'board') figure.append(quietFigure());
  return figure;
}
