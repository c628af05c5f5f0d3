/**
 * Parses what boards publish, as far as watching needs it. Each message is checked, because others may publish there
 * too.
 */

export interface ReadingMessage {
  device: string;
  /** Name of the sensor; empty if the board has one sensor without a name. */
  sensor: string;
  celsius: number;
  humidity?: number;
  pressure?: number;
  /** Time at which it was taken, ms since 1970; null if the board did not know the time. */
  time: number | null;
  seq: number;
  uptime_s: number;
}

export interface HealthMessage {
  firmware: string;
  uptime_s: number;
  heap_free: number;
  heap_free_low: number;
  reconnects: number;
  queued: number;
  dropped: number;
  last_reset: string;
  /** The slot of the program that runs, and of the last update its id, its state, and why it was rejected. */
  slot?: number;
  update?: string;
  state?: string;
  why?: string;
}

export interface ReplyMessage {
  command: string | null;
  id: string | number | null;
  ok: boolean;
  error: string | null;
}

/** The change of one alarm of a board. */
export interface AlarmMessage {
  /** The alarm's id, such as `freezer above -12`. */
  name: string;
  isRaised: boolean;
  /** Ids of all alarms that are raised after it. */
  active: string[];
}

/** The pattern of sensor names in the config's schema. */
const SENSOR_NAME = /^[A-Za-z0-9_-]{1,32}$/;

/** The name for sensors that a board no longer has. */
const FORMER = 'former';

type Fields = Record<string, unknown>;

export function readingOf(fields: Fields): ReadingMessage | null {
  const { device, celsius, seq, uptime_s, time, humidity_percent, pressure_hpa } = fields;
  // Null means that the board had other sensors when it took the reading.
  const { sensor = '' } = fields['sensor'] === null ? { sensor: FORMER } : fields;
  if (typeof device !== 'string' || !isNumber(celsius) || !isNumber(seq) || !isNumber(uptime_s)) return null;
  if (sensor !== '' && !(typeof sensor === 'string' && SENSOR_NAME.test(sensor))) return null;
  const taken = time === null ? null : typeof time === 'string' ? Date.parse(time) : NaN;
  if (Number.isNaN(taken)) return null;
  return {
    device,
    sensor,
    celsius,
    ...(isNumber(humidity_percent) && { humidity: humidity_percent }),
    ...(isNumber(pressure_hpa) && { pressure: pressure_hpa }),
    time: taken,
    seq,
    uptime_s,
  };
}

/** @returns whether the board is online; null if the message does not say */
export function stateOf({ state }: Fields): boolean | null {
  return state === 'online' ? true : state === 'offline' ? false : null;
}

export function healthOf(fields: Fields): HealthMessage | null {
  const { firmware, last_reset } = fields;
  const numbers = ['uptime_s', 'heap_free', 'heap_free_low', 'reconnects', 'queued', 'dropped'] as const;
  if (typeof firmware !== 'string' || typeof last_reset !== 'string') return null;
  if (!numbers.every((name) => isNumber(fields[name]))) return null;
  const counted = Object.fromEntries(numbers.map((name) => [name, fields[name]])) as Pick<
    HealthMessage,
    (typeof numbers)[number]
  >;
  const words = (['update', 'state', 'why'] as const).flatMap((name) => {
    const value = fields[name];
    return typeof value === 'string' ? [[name, value.slice(0, 200)]] : [];
  });
  return {
    firmware: firmware.slice(0, 64),
    ...counted,
    last_reset: last_reset.slice(0, 64),
    ...(isNumber(fields['slot']) && { slot: fields['slot'] }),
    ...(Object.fromEntries(words) as Pick<HealthMessage, 'update' | 'state' | 'why'>),
  };
}

export function replyOf({ command, id, ok, error }: Fields): ReplyMessage | null {
  if (typeof ok !== 'boolean') return null;
  return {
    command: typeof command === 'string' ? command.slice(0, 64) : null,
    id: typeof id === 'string' || typeof id === 'number' ? id : null,
    ok,
    error: typeof error === 'string' ? error.slice(0, 200) : null,
  };
}

/** @returns null if it is not an alarm */
export function alarmOf({ alarm, state, active }: Fields): AlarmMessage | null {
  if (typeof alarm !== 'string' || (state !== 'raised' && state !== 'cleared')) return null;
  if (!Array.isArray(active) || active.length > 8 || !active.every((name) => typeof name === 'string')) return null;
  return { name: alarm.slice(0, 100), isRaised: state === 'raised', active: active.map((name) => name.slice(0, 100)) };
}

/** JSON has no infinity, but 1e999 is parsed as one. */
function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}
