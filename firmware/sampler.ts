/** Takes a measurement every interval, and keeps trying when the sensor does not answer. */
import type { Log } from './log.ts';
import type { Measurement, Sensor } from './sensors/sensor.ts';

/** ms after which a sensor that failed is tried again, unless the interval is shorter. */
const RETRY = 10_000;
/** ms by which a measurement may be late without moving the ones after it. */
const LATE = 1000;
/** Of so many failures in a row, the first is logged. */
const LOGGED = 10;

export interface Sampler {
  /** Changes the interval, beginning now. @param now ms since boot */
  setInterval(seconds: number, now: number): void;
  /** Measures as soon as possible. */
  measureNow(): void;
  /** @returns a measurement if one is ready */
  tick(now: number): Measurement | null;
}

export function createSampler(sensor: Sensor, intervalSeconds: number, log: Log): Sampler {
  let interval = intervalSeconds * 1000;
  let nextAt = 0;
  /** ms that the measurement under way takes; null if none is. */
  let duration: number | null = null;
  /** Time at which the measurement can be read; null in the turn that started it. */
  let readyAt: number | null = null;
  let failures = 0;
  /** Whether the chip has been identified since it last failed. */
  let identified = false;

  return {
    setInterval(seconds, now) {
      interval = seconds * 1000;
      nextAt = now + interval;
    },
    measureNow() {
      nextAt = 0;
    },
    tick(now) {
      try {
        if (duration === null) {
          if (now < nextAt) return null;
          // Measurements keep their rhythm, unless one was missed because something blocked: then the rhythm begins anew.
          nextAt = (now - nextAt < LATE ? nextAt : now) + interval;
          if (!identified) sensor.identify();
          identified = true;
          duration = sensor.start();
          readyAt = duration === 0 ? now : null;
        } else {
          // The turn before has identified and started the chip, which takes up to 0.2 s, so the duration counts from this turn.
          readyAt ??= now + duration;
        }
        if (readyAt === null || now < readyAt) return null;
        const measurement = sensor.read();
        duration = null;
        if (failures > 0) log('INFO', 'sensor', `${sensor.name} answers again`);
        failures = 0;
        return measurement;
      } catch (error) {
        duration = null;
        identified = false;
        nextAt = Math.min(nextAt, now + RETRY);
        if (failures % LOGGED === 0) log('ERROR', 'sensor', `${sensor.name}: ${sensor.explain(error as Error)}`);
        failures += 1;
        return null;
      }
    },
  };
}
