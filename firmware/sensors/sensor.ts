import { round } from '../reading.ts';
import type { SensorSettings } from '../settings.ts';

/** What a sensor measured, calibrated; only physically possible values get here. */
export interface Measurement {
  celsius: number;
  /** Relative, 0 to 100. */
  humidity?: number;
  /** hPa. */
  pressure?: number;
}

/**
 * A sensor, plugged in or not. All calls but `explain()` throw NoAnswerError if nobody answers, and SensorError for an
 * answer that the sensor cannot have given.
 */
export interface Sensor {
  /** For the log: what it is, and what a person should know about it. */
  readonly name: string;
  /** Asks the chip for its identity. @throws SensorError if another chip answers */
  identify(): void;
  /** Starts a measurement and returns the ms until `read()` may be called. */
  start(): number;
  read(): Measurement;
  /** Only of a bus on which chips have ids of their own: those that are there, for the log. */
  survey?(): string;
  /** Looks for the cause of an error of the other calls. @returns the error and the cause, in words */
  explain(error: Error): string;
}

/** Every file of a sensor exports `createSensor`; it does not throw and does not touch the sensor. */
export type CreateSensor = (settings: SensorSettings) => Sensor;

/** Somebody answered, but not with a measurement: the message says what was expected and what came. */
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

/** A measurement with the offset added, rounded to what the best sensors resolve. */
export function calibrated(measured: Measurement, offsetCelsius: number): Measurement {
  const { celsius, humidity, pressure } = measured;
  return {
    celsius: round(celsius + offsetCelsius, 2),
    ...(humidity !== undefined && { humidity: round(humidity, 1) }),
    ...(pressure !== undefined && { pressure: round(pressure, 1) }),
  };
}
