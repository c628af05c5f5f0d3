/**
 * Stores the event when an alarm changes, gives it to the publisher, and removes it when the broker has acknowledged it.
 * That is rare, so this module is a part of the program that is loaded for each step.
 */
import type { Files } from './kaluma/files.ts';
import type { Log } from './log.ts';
import type { MessageOf } from './messages.ts';
import { isoTime } from './reading.ts';
import type { AlarmSettings } from './settings.ts';

const PATH = '/alarms';
/** Longest file that is read, in bytes; `MAXIMUM_EVENTS` events take less. */
const MAXIMUM_LENGTH = 8192;
/**
 * Most events that wait for the broker. The oldest go first: each event lists all raised alarms, so the newest says
 * most.
 */
const MAXIMUM_EVENTS = 16;

export type AlarmEvent = MessageOf<'alarm'>;

/** The alarms of a board. `raised` and `events` survive a power cut, as JSON in a file. */
export interface AlarmStore {
  /** Ids of the alarms that are raised. */
  raised: string[];
  /** Events that the broker has not acknowledged, oldest first. */
  events: AlarmEvent[];
  /** Number of events, counted from the newest, that are of this boot: their time can still be filled in. */
  fresh: number;
  /** Whether the oldest event was sent and waits for its acknowledgement. */
  isSent: boolean;
  readonly settings: readonly AlarmSettings[];
  /** Names of the sensors; null for a board whose one sensor has none. */
  readonly names: readonly string[] | null;
  readonly device: string;
  readonly files: Files;
  readonly log: Log;
  /** Converts a moment of this boot, in ms, to ms since 1970; null while the time is not known. */
  readonly timeAt: (moment: number) => number | null;
}

/** `load` reads what was stored, `change` stores an event, `send` returns the oldest one, `remove` deletes it. */
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

/** @returns for `send` the event's JSON, for `remove` the id of its alarm, otherwise an empty string */
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
    // Without the file nothing is lost for long: alarms whose condition still holds are raised again.
  }
  // Clears alarms that the config no longer has; otherwise the retained message would report them for ever.
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
  // Removes the oldest event, or the second if the oldest is waiting for its acknowledgement.
  if (events.length > MAXIMUM_EVENTS) events.splice(isSent ? 1 : 0, 1);
  save(store);
  // A change that the log has is kept through a power cut.
  log('WARN', 'sensor', `alarm ${id} ${state}${celsius === null ? '' : ` by ${celsius} C`}`);
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
