/** The records in the order in which they travelled, with the time between them, and where secrets arise. */
import { data } from './connection.ts';
import { bytesText, element, make } from './dom.ts';

/** ms of silence that are worth a line. */
const PAUSE = 20;

export function showFlow(open: (entry: number) => void): void {
  const list = flowList();
  let before = 0;
  data.entries.forEach(({ kind, titles, size, reference, at }, i) => {
    const item = make('li', reference === 'encrypted' ? `${kind} sealed` : kind);
    item.setAttribute('role', 'option');
    item.id = `entry-${i}`;
    if (i > 0 && at !== null && at.ms - before >= PAUSE) {
      item.append(make('span', 'pause', `${Math.round(at.ms - before).toLocaleString('en')} ms later`));
    }
    if (at !== null) before = at.ms;
    item.append(make('span', 'titles', titles.join(', ')));
    if (kind !== 'secret') item.append(make('span', 'arrow'));
    const note = kind === 'secret' ? (data.secrets ? 'secret' : 'secret, withheld') : reference;
    item.append(make('span', 'size', `${bytesText(size)}${note === '' ? '' : `, ${note}`}`));
    item.addEventListener('click', () => open(i));
    list.append(item);
  });
}

export function flowList(): HTMLElement {
  return element('flow').querySelector('ol') as HTMLElement;
}

export function markEntry(current: number): void {
  const list = flowList();
  [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === current)));
  list.setAttribute('aria-activedescendant', `entry-${current}`);
  // Only the list itself moves, not the page around it.
  const item = list.children[current] as HTMLElement;
  const pane = element('flow');
  if (item.offsetTop < pane.scrollTop + 40) pane.scrollTop = item.offsetTop - 40;
  else if (item.offsetTop + item.offsetHeight > pane.scrollTop + pane.clientHeight)
    pane.scrollTop = item.offsetTop + item.offsetHeight - pane.clientHeight + 8;
}
