/** A card for each board: its last readings, how old they are, and whether the board is online. */
import type { PageBoard, PageReading } from '../events.ts';
import { element, make, setText } from './dom.ts';
import { span } from './time.ts';

/** Most boards without a field for finding one. */
const MANY = 8;

export interface Cards {
  show(board: PageBoard): void;
  clear(): void;
  choose(name: string): void;
  /** Updates ages and states. @param isBrokerThere whether the page still hears what boards publish */
  tick(now: number, isBrokerThere: boolean): void;
}

interface Card {
  place: HTMLElement;
  board: PageBoard;
}

/** The last reading of a board; null if it has none with a time. */
export function lastReading({ readings }: PageBoard): PageReading | null {
  const timed = readings.filter(({ time }) => time !== null);
  return timed.sort((a, b) => (b.time ?? 0) - (a.time ?? 0))[0] ?? readings[0] ?? null;
}

export function createCards(onChoose: (name: string) => void): Cards {
  const list = element('boards');
  const filter = element<HTMLInputElement>('filter');
  const cards = new Map<string, Card>();
  /** In the order of their names. */
  const ordered: Card[] = [];
  // Made once: localeCompare() with options makes one for each call, and took most of the time that 200 boards took.
  const { compare } = new Intl.Collator('en', { numeric: true });

  const applyFilter = ({ place, board }: Card): void => {
    place.hidden = !board.name.toLowerCase().includes(filter.value.trim().toLowerCase());
  };
  filter.addEventListener('input', () => ordered.forEach(applyFilter));

  const create = (board: PageBoard): Card => {
    const place = make('li', '');
    const button = make('button', 'card board');
    button.dataset.board = board.name;
    button.append(make('span', 'name', board.name), make('span', 'state'), make('span', 'values'), make('span', 'age'));
    button.append(make('span', 'alarms'));
    button.addEventListener('click', () => onChoose(board.name));
    place.append(button);
    const card = { place, board };
    const found = ordered.findIndex((other) => compare(other.board.name, board.name) > 0);
    const at = found < 0 ? ordered.length : found;
    list.insertBefore(place, ordered[at]?.place ?? null);
    ordered.splice(at, 0, card);
    applyFilter(card);
    cards.set(board.name, card);
    return card;
  };

  return {
    show(board) {
      const card = cards.get(board.name) ?? create(board);
      card.board = board;
      part(card, 'values').replaceChildren(...values(board));
      setText(part(card, 'alarms'), board.alarms.map((alarm) => `⚠ ${alarm}`).join('\n'));
      element('none').hidden = true;
      filter.hidden = cards.size <= MANY;
    },
    clear() {
      list.replaceChildren();
      cards.clear();
      ordered.length = 0;
      element('none').hidden = false;
    },
    choose(name) {
      for (const [one, card] of cards) part(card, 'board').ariaPressed = String(one === name);
    },
    tick(now, isBrokerThere) {
      for (const card of cards.values()) {
        const { online, interval } = card.board;
        const time = lastReading(card.board)?.time ?? null;
        const late = isLate({ time }, interval, now);
        const place = part(card, 'board');
        place.dataset.late = String(late);
        place.dataset.alarm = String(card.board.alarms.length > 0);
        place.dataset.state =
          !isBrokerThere || online === null ? 'unknown' : online ? (late ? 'late' : 'online') : 'offline';
        setText(part(card, 'state'), stateText(online, late, isBrokerThere));
        setText(part(card, 'age'), ageText(card.board, time, now));
        tickSensors(card, now);
      }
    },
  };
}

/** Whether a reading is so old that at least one was missed after it. */
export function isLate({ time }: Pick<PageReading, 'time'>, interval: number, now: number): boolean {
  return time !== null && now - time > 2000 * interval;
}

/** The age of each sensor that is late: while another sensor is read, the age of the board's last reading hides it. */
function tickSensors({ place, board }: Card, now: number): void {
  place.querySelectorAll<HTMLElement>('.value').forEach((row, i) => {
    const reading = board.readings[i];
    const age = row.querySelector<HTMLElement>('.since');
    if (age === null || reading?.time === null) return;
    const late = isLate(reading, board.interval, now);
    row.dataset.late = String(late);
    setText(age, late ? `${span((now - reading.time) / 1000)} ago` : '');
  });
}

function stateText(online: boolean | null, late: boolean, isBrokerThere: boolean): string {
  if (online === null) return 'has not said whether it is online';
  const said = online ? 'online' : 'offline';
  if (!isBrokerThere) return `was ${said} when the broker was last heard`;
  return online && late ? 'silent, though the broker holds it online' : said;
}

function ageText({ readings, interval }: PageBoard, time: number | null, now: number): string {
  if (readings.length === 0) return 'no reading yet';
  if (time === null) return 'the board did not know the time';
  return `last reading ${span((now - time) / 1000)} ago, due every ${span(interval)}`;
}

function values({ readings }: PageBoard): HTMLElement[] {
  return readings.map(({ sensor, celsius, humidity, pressure }) => {
    const row = make('span', 'value');
    if (sensor !== '') row.append(make('span', 'sensor', sensor));
    row.append(make('span', 'celsius', `${celsius.toFixed(1)} °C`));
    if (humidity !== undefined) row.append(make('span', 'other', `${humidity.toFixed(0)} %`));
    if (pressure !== undefined) row.append(make('span', 'other', `${pressure.toFixed(0)} hPa`));
    if (readings.length > 1) row.append(make('span', 'since'));
    return row;
  });
}

function part({ place }: Card, kind: string): HTMLElement {
  const found = place.querySelector<HTMLElement>(`.${kind}`);
  if (found === null) throw new Error(`the card has no .${kind}`);
  return found;
}
