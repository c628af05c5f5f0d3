/** Time: since boot, from the timer; of day, once a server told it. */
import { kaluma } from './globals.ts';

/** ms since boot. */
export function uptime(): number {
  return kaluma.millis();
}

export interface Clock {
  /** ms since 1970 at a moment in ms since boot, also a past one; null as long as nobody told the time. */
  at(moment: number): number | null;
  /** @param time ms since 1970, now */
  set(time: number): void;
}

export function createClock(): Clock {
  /** ms between 1970 and boot. */
  let epoch: number | null = null;
  return {
    // Counted by the timer: the chip's own clock knows whole seconds only.
    at: (moment) => (epoch === null ? null : epoch + moment),
    set(time) {
      epoch = time - uptime();
      // For Date.now() at the serial prompt, which would say 1970.
      kaluma.require('rtc').setTime(time);
    },
  };
}
