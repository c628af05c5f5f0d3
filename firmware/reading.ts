/** A reading, and the JSON in which it is published. */
import type { MessageOf } from './messages.ts';

/** A measurement, calibrated. All values are physically possible. */
export interface Measurement {
  celsius: number;
  /** Relative, 0 to 100. */
  humidity?: number;
  /** hPa. */
  pressure?: number;
}

export interface Reading extends Measurement {
  /** Index of the sensor in the config; missing for the first one. */
  sensor?: number;
  /** Counts this board's readings, over restarts as well. */
  seq: number;
  /** Time at which it was taken, whole s since boot. */
  uptime: number;
  /** Time at which it was taken, ms since 1970; null while the time is not known. */
  time: number | null;
}

/**
 * @param sensor the sensor's name; undefined if the board's only sensor has none, null if the config no longer has it
 * @returns `{"device":"kitchen-1","celsius":21.5,"time":"2026-11-23T08:00:00Z","seq":17,"uptime_s":1234}`
 */
export function readingJson(device: string, reading: Reading, sensor?: string | null): string {
  const { celsius, humidity, pressure, time, seq, uptime } = reading;
  const message: MessageOf<'reading'> = {
    device,
    sensor,
    celsius,
    humidity_percent: humidity,
    pressure_hpa: pressure,
    time: time === null ? null : isoTime(time),
    seq,
    uptime_s: uptime,
  };
  return JSON.stringify(message);
}

/** A time in whole seconds, as `2026-11-23T08:00:00Z`. @param time ms since 1970 */
export function isoTime(time: number): string {
  return new Date(time).toISOString().slice(0, 19) + 'Z';
}

/** Rounds to a number of decimals, so that JSON has no more of them. */
export function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
