import type { SensorSettings } from '../settings.ts';

/** What a sensor said, calibrated; only physically possible values get here. */
export interface Measurement {
  celsius: number;
  /** Relative, 0 to 100. */
  humidity?: number;
  /** hPa. */
  pressure?: number;
}

/** A sensor, plugged in or not: both calls throw NoAnswerError for one that does not answer, SensorError for nonsense. */
export interface Sensor {
  /** For the log: what it is, and what a person should know of it. */
  readonly name: string;
  /** Starts a measurement and returns the ms until `read()` may be called. */
  start(): number;
  read(): Measurement;
}

/** Every file of a sensor exports `createSensor`; it does not throw and does not touch the sensor. */
export type CreateSensor = (settings: SensorSettings) => Sensor;

/** No measurement, and why: the message says what was expected and what came. */
export class SensorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SensorError';
  }
}

/** The value itself if a sensor can have measured it. @throws SensorError */
export function inRange(value: number, low: number, high: number, unit: string): number {
  if (!(value >= low && value <= high)) throw new SensorError(`expected ${low} to ${high} ${unit}, got ${value}`);
  return value;
}
