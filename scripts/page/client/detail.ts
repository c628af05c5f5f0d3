/** The chosen board: its curves, its commands, and its health. */
import type { PageBoard, PageCurve, Span } from '../events.ts';
import { Chart } from './chart.ts';
import { element, make, post, setText, showChoice } from './dom.ts';
import { span as spoken, timeOfDay } from './time.ts';

const SPANS: readonly (readonly [Span, string])[] = [
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['week', 'Week'],
];
const QUANTITIES = [
  ['celsius', '°C'],
  ['humidity', '%'],
  ['pressure', 'hPa'],
] as const;
type Quantity = (typeof QUANTITIES)[number][0];

/** ms between two requests for the curve, for each span. */
const REFRESH: Record<Span, number> = { hour: 1000, day: 30_000, week: 120_000 };

export interface Detail {
  /** Shows a board, or updates the one that is shown. */
  show(board: PageBoard): void;
  allow(mayPress: boolean, takesOrders: boolean): void;
  tick(now: number): void;
  clear(): void;
}

export function createDetail(): Detail {
  const chart = new Chart(element('curve'));
  let board: PageBoard | null = null;
  let chosenSpan: Span = 'hour';
  let quantity: Quantity = 'celsius';
  let curve: PageCurve | null = null;
  /** Time at which the curve was last requested. */
  let askedAt = 0;
  /** Whether readings have come since. */
  let isOld = true;

  const fetchCurve = async (): Promise<void> => {
    if (board === null) return;
    askedAt = Date.now();
    isOld = false;
    const query = new URLSearchParams({ board: board.name, span: chosenSpan });
    try {
      const answer = await fetch(`/curve?${query}`);
      if (!answer.ok) return;
      const found = (await answer.json()) as PageCurve;
      // Another board or span may have been chosen meanwhile.
      if (found.board === board.name && found.span === chosenSpan) curve = found;
      draw();
    } catch {
      isOld = true;
    }
  };

  const draw = (): void => {
    if (curve === null) return;
    const measured = curve.sensors.filter((sensor) => sensor[quantity] !== undefined);
    const curves = measured.map((sensor) => ({ name: sensor.name, points: sensor[quantity] ?? [[], []] }));
    const starts = curves.map(({ points }) => points[0][0]).filter((time) => time !== undefined);
    // A short history fills the whole width.
    const from = Math.max(curve.from, Math.min(curve.to - 60, ...starts));
    chart.show(curves, [from, curve.to]);
    element('legend').replaceChildren(
      ...(curves.length < 2 ? [] : curves.map(({ name }, i) => legend(name, Chart.colour(i)))),
    );
    const available = QUANTITIES.filter(([name]) => curve?.sensors.some((sensor) => sensor[name] !== undefined));
    showChoice(element('quantities'), available.length < 2 ? [] : available, quantity, (value) => {
      quantity = value;
      draw();
    });
  };

  const showSpans = (): void => {
    showChoice(element('spans'), SPANS, chosenSpan, (value) => {
      chosenSpan = value;
      curve = null;
      showSpans();
      void fetchCurve();
    });
  };
  showSpans();

  const order = (what: object): void => {
    if (board === null) return;
    const { name } = board;
    void post('/order', JSON.stringify({ board: name, ...what })).then((isTaken) => {
      if (!isTaken) setText(element('outcome'), 'The command behind this page did not take it: is it still running?');
    });
  };
  const seconds = element('interval').querySelector('input');
  element('read').addEventListener('click', () => order({ command: 'read' }));
  element('interval').addEventListener('submit', (event) => {
    event.preventDefault();
    order({ command: 'interval', seconds: Number(seconds?.value) });
  });

  return {
    show(shown) {
      const isNew = board?.name !== shown.name;
      board = shown;
      isOld = true;
      element('detail').hidden = false;
      setText(element('name'), shown.name);
      if (isNew) {
        quantity = 'celsius';
        curve = null;
        if (seconds !== null) seconds.value = String(shown.interval);
        void fetchCurve();
      }
      const { health, command } = shown;
      setText(
        element('health'),
        health === null ? 'not reported yet; boards do every 10 min' : `${health.text} (at ${timeOfDay(health.at)})`,
      );
      element('outcome').dataset.state = command?.state ?? '';
      setText(
        element('outcome'),
        command === null ? '' : `${timeOfDay(command.at)} ${command.wish}: ${command.outcome}`,
      );
    },
    allow(mayPress, takesOrders) {
      element('orders').hidden = !takesOrders || !mayPress;
    },
    tick(now) {
      if (board === null) return;
      element('read').title =
        `publishes the command to ${board.name}; at present it reads every ${spoken(board.interval)}`;
      if (isOld && now - askedAt >= REFRESH[chosenSpan]) void fetchCurve();
    },
    clear() {
      board = null;
      element('detail').hidden = true;
    },
  };
}

function legend(name: string, colour: string): HTMLElement {
  const item = make('span', 'key', name === '' ? 'no name' : name);
  item.style.setProperty('--key', colour);
  return item;
}
