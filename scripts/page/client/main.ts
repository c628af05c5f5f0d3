/** The live page in the browser: receives messages from the command that serves it, and shows them. */
import type { PageBoard, PageBroker, PageButton, PageLine, PageNews, PageRights } from '../events.ts';
import { createCards, isLate, lastReading } from './cards.ts';
import { createDetail } from './detail.ts';
import { element, make, post, setText } from './dom.ts';
import { dateAndTime, timeOfDay } from './time.ts';

const LINES = 200;

const boards = new Map<string, PageBoard>();
let chosen: string | null = null;
let broker: PageBroker | null = null;
let rights: PageRights = { mayPress: false, wantsToken: false };
let takesOrders = false;
/** Time at which the last message came. */
let heardAt = Date.now();

const detail = createDetail();
const cards = createCards(choose);

const source = new EventSource('/events');
source.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data) as PageNews);
source.onerror = () => {
  element('gone').hidden = false;
  setText(element('gone'), `The command behind this page has ended. What you see is of ${dateAndTime(heardAt)}.`);
  document.body.dataset.gone = 'true';
};
setInterval(tick, 1000);

function take(news: PageNews): void {
  heardAt = Date.now();
  if (news.whole === true) begin();
  if (news.title !== undefined) setText(element('title'), news.title);
  if (news.rights !== undefined) rights = news.rights;
  takesOrders = news.takesOrders ?? takesOrders;
  if (news.broker !== undefined) showBroker(news.broker);
  for (const board of news.boards ?? []) {
    boards.set(board.name, board);
    cards.show(board);
  }
  const shown = chosen !== null && boards.has(chosen) ? chosen : boards.keys().next().value;
  if (shown !== undefined && news.boards !== undefined) choose(shown);
  if (news.lines !== undefined) showLines(news.lines);
  if (news.buttons !== undefined) showButtons(news.buttons);
  element<HTMLFormElement>('token').hidden = !rights.wantsToken;
  detail.allow(rights.mayPress, takesOrders);
  tick();
}

/** Removes everything that is shown, because a complete message follows. */
function begin(): void {
  boards.clear();
  cards.clear();
  detail.clear();
  element('log').replaceChildren();
  element('gone').hidden = true;
  document.body.dataset.gone = 'false';
}

function choose(name: string): void {
  chosen = name;
  const board = boards.get(name);
  if (board === undefined) return;
  cards.choose(name);
  detail.show(board);
}

function showBroker(state: PageBroker): void {
  broker = state;
  element('broker').dataset.state = state.state;
  setText(element('broker'), `broker: ${state.text}`);
  element('broker').title = `since ${timeOfDay(state.at)}`;
}

function tick(): void {
  const now = Date.now();
  const isThere = broker === null || broker.state === 'connected';
  const hasEnded = document.body.dataset.gone === 'true';
  cards.tick(now, isThere);
  detail.tick(now);
  const board = chosen === null ? undefined : boards.get(chosen);
  const last = board === undefined ? null : lastReading(board);
  // A tab shows the present temperature or none.
  const isNow = last !== null && board !== undefined && isThere && !hasEnded && !isLate(last, board.interval, now);
  const name = isNow && last.sensor !== '' ? `${board.name}/${last.sensor}` : board?.name;
  document.title = isNow ? `${last.celsius.toFixed(1)} °C ${name} – pico-kitchen` : 'pico-kitchen';
}

function showLines(lines: PageLine[]): void {
  const log = element('log');
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  for (const { side, level, text, at } of lines) {
    const item = make('li', '');
    item.dataset.level = level;
    item.append(make('span', 'side', `${timeOfDay(at)} ${side}`), make('span', 'text', text));
    log.append(item);
  }
  while (log.children.length > LINES) log.firstElementChild?.remove();
  // If the person has scrolled up, the position stays.
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function showButtons(buttons: PageButton[]): void {
  element('faults').hidden = buttons.length === 0 || !rights.mayPress;
  const place = element('buttons');
  for (const { name, label, hint, active } of buttons) {
    let button = place.querySelector<HTMLButtonElement>(`[name="${CSS.escape(name)}"]`);
    if (button === null) {
      button = document.createElement('button');
      button.name = name;
      button.addEventListener('click', () => void post(`/press/${encodeURIComponent(name)}`));
      const row = make('div', 'row');
      row.append(button, make('span', 'hint', hint));
      place.append(row);
    }
    button.textContent = label;
    button.ariaPressed = String(active);
  }
}

element<HTMLFormElement>('token').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = element<HTMLFormElement>('token');
  const input = form.querySelector('input');
  void post('/token', input?.value ?? '').then((isRight) => {
    // The next connection reports the new rights.
    if (isRight) location.reload();
    else setText(form.querySelector('output') ?? form, 'That is not the token that was printed last.');
  });
});
