/** A reading as a board publishes it. */
export interface Reading {
  device: string;
  celsius: number;
  /** Time at which it was taken, ISO 8601. */
  time: string;
  /** Counts the board's readings. */
  seq: number;
  uptime_s: number;
}

/** The reading in a message; null if it holds something else. Other fields are ignored. */
export function parseReading(payload: Uint8Array): Reading | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { device, celsius, time, seq, uptime_s } = value as Partial<Record<keyof Reading, unknown>>;
  if (typeof device !== 'string' || typeof time !== 'string' || Number.isNaN(Date.parse(time))) return null;
  if (!isFinite(celsius) || !isFinite(seq) || !isFinite(uptime_s)) return null;
  return { ...value, device, celsius, time, seq, uptime_s };
}

/** JSON has no infinity, but 1e999 is parsed as one. */
function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

/** One line for people. */
export function describeReading({ device, celsius, time, seq, uptime_s }: Reading, again: boolean): string {
  const note = again ? ' (sent again)' : '';
  return `reading ${seq} from ${device}: ${celsius} °C at ${time}, up ${uptime_s} s${note}`;
}
