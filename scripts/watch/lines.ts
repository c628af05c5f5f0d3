/** Describes events of boards and of the connection, as lines for people and as JSON for programs. */
import type { LinkState } from '../lib/brokerLink.ts';
import { printable, type Style } from '../lib/console.ts';
import type { BoardEvent } from './watchedBoards.ts';
import type { HealthMessage, ReadingMessage } from './messages.ts';

/** Width of the name's column. */
const WIDTH = 20;

export interface Line {
  /** The board's name, or `broker`. */
  who: string;
  text: string;
  style: Style | null;
}

export function eventLine(event: BoardEvent, now: number): Line {
  switch (event.type) {
    case 'reading': {
      const { reading, board, again } = event;
      const late = reading.time === null || now - reading.time > 60_000 ? `, taken ${takenAt(reading, now)}` : '';
      const text = `${valuesText(reading)}  reading ${reading.seq}${again ? ', sent again' : ''}${late}`;
      return { who: sensorName(board, reading.sensor), text, style: again ? 'dim' : 'green' };
    }
    case 'state':
      return { who: event.board, text: event.online ? 'online' : 'offline', style: event.online ? null : 'yellow' };
    case 'health':
      return { who: event.board, text: `health: ${healthText(event.health)}`, style: 'dim' };
    case 'alarm': {
      const { name, isRaised } = event.alarm;
      const text = printable(`${isRaised ? 'ALARM' : 'alarm over'}: ${name}`);
      return { who: event.board, text, style: isRaised ? 'red' : null };
    }
    case 'reply':
      return { who: event.board, text: event.text, style: event.ok ? null : 'yellow' };
    case 'silent': {
      const text = `silent for ${duration((now - event.since) / 1000)}; a reading was due every ${duration(event.interval)}`;
      return { who: event.board, text, style: 'yellow' };
    }
    case 'odd':
      return { who: 'ignored', text: printable(`${event.topic.slice(0, 256)}: ${event.why}`), style: 'dim' };
  }
}

/** Returns an event as JSON; times are ISO 8601. */
export function eventJson(event: BoardEvent, now: number): string {
  const at = new Date(now).toISOString();
  if (event.type !== 'reading') {
    const since = event.type === 'silent' ? { since: new Date(event.since).toISOString() } : {};
    return JSON.stringify({ at, ...event, ...since });
  }
  const { type, board, again, reading } = event;
  const { sensor, celsius, humidity, pressure, time, seq, uptime_s } = reading;
  return JSON.stringify({
    at,
    type,
    board,
    ...(sensor !== '' && { sensor }),
    celsius,
    humidity_percent: humidity,
    pressure_hpa: pressure,
    time: time === null ? null : new Date(time).toISOString(),
    seq,
    uptime_s,
    again,
  });
}

export function linkText(state: LinkState, where: string): { text: string; style: Style | null } {
  switch (state.state) {
    case 'connecting':
      return { text: `connecting to ${where}`, style: 'dim' };
    case 'connected':
      return { text: `connected to ${where}`, style: null };
    case 'waiting': {
      const seconds = Math.max(1, Math.round((state.retryAt - Date.now()) / 1000));
      return { text: printable(`not connected: ${state.why}; again in ${seconds} s`), style: 'yellow' };
    }
  }
}

/** One line for the terminal. */
export function terminalLine({ who, text }: Pick<Line, 'who' | 'text'>, now: number): string {
  return `${new Date(now).toTimeString().slice(0, 8)}  ${who.padEnd(WIDTH)}  ${text}`;
}

export function sensorName(board: string, sensor: string): string {
  return sensor === '' ? board : `${board}/${sensor}`;
}

export function valuesText({ celsius, humidity, pressure }: ReadingMessage): string {
  const texts = [`${celsius.toFixed(2)} °C`];
  if (humidity !== undefined) texts.push(`${humidity.toFixed(1)} %`);
  if (pressure !== undefined) texts.push(`${pressure.toFixed(1)} hPa`);
  return texts.join('  ');
}

export function healthText(health: HealthMessage): string {
  const { firmware, uptime_s, heap_free, heap_free_low, reconnects, queued, dropped, last_reset } = health;
  const { slot, update, state, why } = health;
  const place = slot === undefined ? '' : ` in slot ${slot}`;
  const updated =
    update === undefined ? '' : `, update ${update} ${state ?? ''}${why === undefined ? '' : ` (${why})`}`;
  return printable(
    `firmware ${firmware}${place}${updated}, up ${duration(uptime_s)}, last reset: ${last_reset}, heap free ${heap_free} B ` +
      `(${heap_free_low} B at the lowest), ${reconnects} reconnects, ${queued} readings queued, ${dropped} dropped`,
  );
}

/** `40 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function takenAt({ time }: ReadingMessage, now: number): string {
  return time === null ? 'at a time that the board did not know' : `${duration((now - time) / 1000)} ago`;
}
