/** The live page in the browser: listens to the command that serves it. Text from outside is set as text, never as HTML. */
import type { PageButton, PageConnection, PageLine, PageNews, PageReading } from '../events.ts';
import { Chart } from './chart.ts';

const LINES = 200;

const calendar = new Intl.DateTimeFormat([], { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

const chart = new Chart(element('curve'));
const readings = new Map<string, PageReading>();

const source = new EventSource('/events');
source.onmessage = ({ data }: MessageEvent<string>) => take(JSON.parse(data) as PageNews);
source.onerror = () => setState('gone', 'the command has ended');

function take(news: PageNews): void {
  if (news.whole === true) {
    readings.clear();
    element('log').replaceChildren();
    setState('waiting', 'waiting for a board');
  }
  if (news.connection !== undefined) showConnection(news.connection);
  if (news.readings !== undefined) showReadings(news.readings);
  if (news.lines !== undefined) showLines(news.lines);
  if (news.buttons !== undefined) showButtons(news.buttons);
}

function showConnection({ device, connected, detail }: PageConnection): void {
  setState(connected ? 'connected' : 'gone', `${device} is ${connected ? 'connected' : 'gone'}`);
  // A cipher suite's name is long, and may be broken behind each _.
  element('detail').replaceChildren(...detail.split(/(?<=_)/).flatMap((part) => [part, document.createElement('wbr')]));
}

function setState(state: 'waiting' | 'connected' | 'gone', text: string): void {
  element('connection').dataset.state = state;
  element('connection').textContent = text;
}

function showReadings(news: PageReading[]): void {
  // One that was sent again takes its own place; one that was kept while offline comes late.
  for (const reading of news) readings.set(`${reading.seq}/${reading.time}`, reading);
  const sorted = [...readings.values()].sort((a, b) => a.time - b.time);
  const last = sorted.at(-1);
  if (last === undefined) return;
  element('celsius').replaceChildren(`${last.celsius.toFixed(1)} `, span('unit', '°C'));
  element('device').textContent = last.device;
  element('time').textContent = calendar.format(last.time);
  element('seq').textContent = String(last.seq);
  element('uptime').textContent = duration(last.uptime);
  chart.show(
    sorted.map(({ time }) => time / 1000),
    sorted.map(({ celsius }) => celsius),
  );
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

function showLines(lines: PageLine[]): void {
  const log = element('log');
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  for (const { side, level, text } of lines) {
    const item = document.createElement('li');
    item.dataset.level = level;
    item.append(span('side', side), span('text', text));
    log.append(item);
  }
  while (log.children.length > LINES) log.firstElementChild?.remove();
  // Whoever reads further up stays there.
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function span(kind: string, text: string): HTMLElement {
  const made = document.createElement('span');
  made.className = kind;
  made.textContent = text;
  return made;
}

function showButtons(buttons: PageButton[]): void {
  element('faults').hidden = buttons.length === 0;
  const place = element('buttons');
  for (const { name, label, active } of buttons) {
    let button = place.querySelector<HTMLButtonElement>(`[name="${CSS.escape(name)}"]`);
    if (button === null) {
      button = document.createElement('button');
      button.name = name;
      button.addEventListener('click', () => void fetch(`/press/${encodeURIComponent(name)}`, { method: 'POST' }));
      place.append(button);
    }
    button.textContent = label;
    button.ariaPressed = String(active);
  }
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
