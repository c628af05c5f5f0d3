/** Time: since boot, from the timer; of day, once a server told it. */
import { kaluma } from './globals.ts';

/** ms since boot. */
export function uptime(): number {
  return kaluma.millis();
}

export class Clock {
  /** ms between 1970 and boot; null as long as nobody told the time. */
  private epoch: number | null = null;

  /** ms since 1970, or null. Counted by the timer: the chip's own clock knows whole seconds only. */
  now(): number | null {
    return this.at(uptime());
  }

  /** The time of day at a moment since boot, also a past one. */
  at(moment: number): number | null {
    return this.epoch === null ? null : this.epoch + moment;
  }

  /** @param time ms since 1970, now */
  set(time: number): void {
    this.epoch = time - uptime();
    // For Date.now() at the serial prompt, which would say 1970.
    kaluma.require('rtc').setTime(time);
  }
}
