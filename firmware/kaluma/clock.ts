/** The time since boot, from the timer, and the time of day, once a server has told it. */
import { kaluma } from './globals.ts';

/** ms since boot. */
export function uptime(): number {
  return kaluma.millis();
}

export interface Clock {
  /** Converts a moment in ms since boot, possibly a past one, to ms since 1970; null while the time is not known. */
  at(moment: number): number | null;
  /** @param time the current time, ms since 1970 */
  set(time: number): void;
}

export function createClock(): Clock {
  /** ms between 1970 and boot. */
  let epoch: number | null = null;
  return {
    // The timer counts, because the chip's own clock has whole seconds only.
    at: (moment) => (epoch === null ? null : epoch + moment),
    set(time) {
      epoch = time - uptime();
      // This sets the time of Date.now() at the serial prompt, which would otherwise begin at 1970.
      kaluma.require('rtc').setTime(time);
    },
  };
}
