/** Converts what is known of the boards into the forms that the page takes. */
import type { BoardState, Boards } from '../watch/watchedBoards.ts';
import { healthText } from '../watch/lines.ts';
import { SPANS, type PageBoard, type PageCurve, type Span } from './events.ts';

/** Number of buckets into which a curve's time is divided: a large screen has about as many columns. */
const BUCKETS = 1200;

export function pageBoard(state: BoardState): PageBoard {
  const { name, online, onlineSince, sensors, interval, health, alarms, command } = state;
  return {
    name,
    online,
    onlineSince,
    interval,
    readings: [...sensors.values()].map(({ last }) => {
      const { sensor, celsius, humidity, pressure, time, seq, uptime_s } = last;
      return {
        sensor,
        celsius,
        ...(humidity !== undefined && { humidity }),
        ...(pressure !== undefined && { pressure }),
        time,
        seq,
        uptime: uptime_s,
      };
    }),
    health: health && { text: healthText(health), at: health.at },
    alarms,
    command: command && { ...command },
  };
}

/** @param now ms since 1970 @returns null for an unknown board */
export function pageCurve(boards: Boards, name: string, span: Span, now: number): PageCurve | null {
  const state = boards.all.get(name);
  if (state === undefined) return null;
  const to = Math.ceil(now / 1000);
  const from = to - SPANS[span];
  return {
    board: name,
    span,
    from,
    to,
    sensors: [...state.sensors.values()].map(({ name: sensor, series }) => ({
      name: sensor,
      celsius: series.curve('celsius', from, to, BUCKETS),
      ...(series.measures('humidity') && { humidity: series.curve('humidity', from, to, BUCKETS) }),
      ...(series.measures('pressure') && { pressure: series.curve('pressure', from, to, BUCKETS) }),
    })),
  };
}
