import { type Measurement, round } from '../reading.ts';
import type { SensorSettings } from '../settings.ts';

export type { Measurement } from '../reading.ts';

/**
 * A sensor, whether or not it is plugged in. All functions but `explain()` throw NoAnswerError if no device answers, and
 * SensorError for an answer that the sensor cannot have given.
 */
export interface Sensor {
  /** The sensor's name and the catalogue's remark about it, for the log. */
  readonly name: string;
  /** Asks the chip for its identity. @throws SensorError if another chip answers */
  identify(): void;
  /** Starts a measurement and returns the ms until `read()` may be called. */
  start(): number;
  read(): Measurement;
  /** Lists the chips on the sensor's bus, for the log. Absent if the chips on such a bus have no ids. */
  survey?(): string;
  /** Looks for the cause of an error that another function threw. @returns the error and its cause, in words */
  explain(error: Error): string;
}

/** Every sensor's file exports this as `createSensor`. It does not throw and does not access the sensor. */
export type CreateSensor = (settings: SensorSettings) => Sensor;

/** A device answered, but not with a measurement; the message says what was expected and what came. */
export class SensorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SensorError';
  }
}

/** Returns the value if the sensor can have measured it. @throws SensorError */
export function inRange(value: number, low: number, high: number, unit: string): number {
  if (!(value >= low && value <= high)) throw new SensorError(`expected ${low} to ${high} ${unit}, got ${value}`);
  return value;
}

/** Adds the offset to a measurement, and rounds it to the resolution of the best sensors. */
export function calibrated(measured: Measurement, offsetCelsius: number): Measurement {
  const { celsius, humidity, pressure } = measured;
  return {
    celsius: round(celsius + offsetCelsius, 2),
    ...(humidity !== undefined && { humidity: round(humidity, 1) }),
    ...(pressure !== undefined && { pressure: round(pressure, 1) }),
  };
}
