/**
 * What is done when an alarm changes: the event is stored, sent, and removed when the broker has it. That is rare, so this
 * is a part of the program that is loaded for each step.
 */
import type { Files } from './kaluma/files.ts';
import type { Log } from './log.ts';
import type { MessageOf } from './messages.ts';
import { isoTime } from './reading.ts';
import type { AlarmSettings } from './settings.ts';

const PATH = '/alarms';
/** Bytes; more than `MAXIMUM_EVENTS` take. */
const MAXIMUM_LENGTH = 8192;
/** Events that wait for the broker. When there are more the oldest go: each tells which alarms are raised. */
const MAXIMUM_EVENTS = 16;

export type AlarmEvent = MessageOf<'alarm'>;

/** The alarms of a board; `raised` and `events` outlive a power cut, as JSON. */
export interface AlarmStore {
  /** Ids of the alarms that are raised. */
  raised: string[];
  /** What the broker does not have yet, the oldest first. */
  events: AlarmEvent[];
  /** How many of the events, from the newest on, are of this boot: their time can be filled in when it is known. */
  fresh: number;
  /** Whether the oldest event is on its way. */
  isSent: boolean;
  readonly settings: readonly AlarmSettings[];
  /** Names of the sensors; null for a board whose one sensor has none. */
  readonly names: readonly string[] | null;
  readonly device: string;
  readonly files: Files;
  readonly log: Log;
  /** The time of day, ms since 1970, at a moment of this boot in ms; null if it is not known. */
  readonly timeAt: (moment: number) => number | null;
}

/** A step: reads what was stored; stores an event; gives the oldest as it is sent; removes it. */
export type AlarmStep =
  | { do: 'load' }
  | {
      do: 'change';
      alarm: Pick<AlarmSettings, 'id' | 'condition' | 'limit'>;
      sensor: string | undefined;
      state: AlarmEvent['state'];
      celsius: number | null;
      /** ms since boot. */
      moment: number;
    }
  | { do: 'send' }
  | { do: 'remove' };

/** @returns the JSON of the event to be sent, the id of the alarm whose event was removed, else nothing */
export function alarmStep(store: AlarmStore, step: AlarmStep): string {
  const { events } = store;
  if (step.do === 'send') return payloadOf(store);
  if (step.do === 'load') {
    load(store);
  } else if (step.do === 'change') {
    change(store, step);
  } else {
    const [{ alarm }] = events.splice(0, 1);
    store.fresh = Math.min(store.fresh, events.length);
    save(store);
    return alarm;
  }
  return '';
}

function load(store: AlarmStore): void {
  const { files, settings } = store;
  try {
    const bytes = files.read(PATH, 0, MAXIMUM_LENGTH);
    if (bytes.length > 0) {
      const { raised, events } = JSON.parse(new TextDecoder().decode(bytes)) as Pick<AlarmStore, 'raised' | 'events'>;
      store.raised = raised;
      store.events = events;
    }
  } catch {
    // Alarms whose condition still holds will be raised again.
  }
  // The config no longer has them, and the retained message would tell of them for ever.
  for (const id of store.raised.slice()) {
    if (settings.some((alarm) => alarm.id === id)) continue;
    const known = store.events.find(({ alarm }) => alarm === id);
    const { condition = 'above', limit = 0 } = known ?? {};
    const step = { alarm: { id, condition, limit }, sensor: known?.sensor, state: 'cleared', celsius: null } as const;
    change(store, { do: 'change', ...step, moment: 0 });
  }
}

function change(store: AlarmStore, step: Extract<AlarmStep, { do: 'change' }>): void {
  const { raised, events, device, log, timeAt, isSent } = store;
  const { alarm, sensor, state, celsius, moment } = step;
  const { id, condition, limit } = alarm;
  if (state === 'raised') raised.push(id);
  else raised.splice(raised.indexOf(id), 1);
  const time = timeAt(moment);
  events.push({
    device,
    alarm: id,
    sensor,
    condition,
    limit,
    state,
    celsius,
    time: time === null ? null : isoTime(time),
    uptime_s: Math.floor(moment / 1000),
    active: raised.slice(),
  });
  store.fresh += 1;
  // The one on its way stays.
  if (events.length > MAXIMUM_EVENTS) events.splice(isSent ? 1 : 0, 1);
  log('WARN', 'sensor', `alarm ${id} ${state}${celsius === null ? '' : ` by ${celsius} C`}`);
  save(store);
}

function payloadOf({ events, fresh, timeAt }: AlarmStore): string {
  const [event] = events;
  if (event.time === null && events.length <= fresh) {
    const time = timeAt(event.uptime_s * 1000);
    if (time !== null) event.time = isoTime(time);
  }
  return JSON.stringify(event);
}

function save({ files, log, raised, events }: AlarmStore): void {
  try {
    files.write(PATH, new TextEncoder().encode(JSON.stringify({ raised, events })));
  } catch (error) {
    log('ERROR', 'queue', `flash: ${(error as Error).message}; alarms are in memory only`);
  }
}
