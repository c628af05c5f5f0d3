/** A reading: what it holds, and the JSON of it that is published. */
import type { MessageOf } from './messages.ts';
import type { Measurement } from './sensors/sensor.ts';

export interface Reading extends Measurement {
  /** Index of the sensor among the config's; missing for the first. */
  sensor?: number;
  /** Counts this board's readings, over restarts as well. */
  seq: number;
  /** When it was taken, whole s since boot. */
  uptime: number;
  /** When it was taken, ms since 1970; null as long as that is not known. */
  time: number | null;
}

/**
 * @param sensor the sensor's name; undefined for a board whose only sensor has none, null for one that is not known any more
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

/** To whole seconds, as `2026-11-23T08:00:00Z`. @param time ms since 1970 */
export function isoTime(time: number): string {
  return new Date(time).toISOString().slice(0, 19) + 'Z';
}

/** Rounded to a number of decimals; what is printed of it has no more. */
export function round(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
