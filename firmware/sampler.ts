/** Takes a measurement every interval, and looks again and again for a sensor that is missing. */
import type { Log } from './log.ts';
import type { Measurement, Sensor } from './sensors/sensor.ts';

/** ms after which a sensor that failed is tried again, unless the interval is shorter. */
const RETRY = 10_000;

export class Sampler {
  /** ms. */
  private interval: number;
  private readonly sensor: Sensor;
  private readonly log: Log;
  /** When the next measurement begins, ms since boot. */
  private nextAt = 0;
  /** When the one under way can be read; null if none is. */
  private readyAt: number | null = null;
  private failures = 0;

  constructor(sensor: Sensor, intervalSeconds: number, log: Log) {
    this.sensor = sensor;
    this.interval = intervalSeconds * 1000;
    this.log = log;
  }

  /** Takes effect from now on. */
  setInterval(seconds: number, now: number): void {
    this.interval = seconds * 1000;
    this.nextAt = now + this.interval;
  }

  /** Measures as soon as possible. */
  measureNow(): void {
    this.nextAt = 0;
  }

  /** @returns a measurement if there is one now */
  tick(now: number): Measurement | null {
    try {
      if (this.readyAt === null) {
        if (now < this.nextAt) return null;
        // On the beat, unless one was missed because something blocked.
        this.nextAt = Math.max(this.nextAt, now - this.interval) + this.interval;
        this.readyAt = now + this.sensor.start();
      }
      if (now < this.readyAt) return null;
      const measurement = this.sensor.read();
      this.readyAt = null;
      if (this.failures > 0) this.log('INFO', 'sensor', `${this.sensor.name} answers again`);
      this.failures = 0;
      return measurement;
    } catch (error) {
      this.readyAt = null;
      this.nextAt = Math.min(this.nextAt, now + RETRY);
      // Each time would flood the log: now, and then once in ten.
      if (this.failures % 10 === 0) {
        this.log('ERROR', 'sensor', `${this.sensor.name}: ${(error as Error).message}; check its wires, tried again`);
      }
      this.failures += 1;
      return null;
    }
  }
}
