/**
 * The watchdog resets the board when it is not fed for 8 s. Two calls of Kaluma's block longer than that without
 * feeding it: flashing over serial, hence a grace period before it is armed; and joining Wi-Fi, during which a state
 * machine of the PIO feeds it, for a minute at most.
 */
import type { WatchdogTimer } from './typings.ts';
import { kaluma, nativeRp2 } from './globals.ts';

/** ms; the hardware's limit is 8,388. */
const TIMEOUT = 8000;
/** Hz, about the slowest the PIO's divider gives. */
const TICK = 1908;
/** Interrupts of two ticks each until the machine falls silent: 69 s. */
const INTERRUPTS = 65_535;
/** PULL; MOV X, OSR; IRQ 0; JMP X-- to the IRQ; JMP to itself (RP2040 datasheet, section 3.4). */
const PROGRAM = [0x80a0, 0xa027, 0xc000, 0x0042, 0x0004];

/** The watchdog's REASON register, whose lowest bit says that it bit; SCRATCH4 follows (RP2040 datasheet, section 4.7.6). */
const REASON = 0x4005_8008;
const SCRATCH4 = 0x14;
/**
 * What the SDK leaves in there when it arms the watchdog, least significant byte first; the boot ROM, which restarts by it
 * too, does not.
 */
const ARMED = [0x21, 0x31, 0xb7, 0x6a];
/** The address that those of Kaluma's flash device are counted from. */
const FLASH = 0x100f_c000;

/**
 * Whether the watchdog, armed by a program, was what reset the chip. Kaluma has no name for it, but its flash device reads
 * any address.
 */
export function hasBitten(): boolean {
  const bytes = new Uint8Array(SCRATCH4 + 4);
  new (kaluma.require('flash').Flash)(0, 0).read(0, bytes, REASON - FLASH);
  return (bytes[0] & 1) === 1 && ARMED.every((byte, i) => bytes[SCRATCH4 + i] === byte);
}

export interface Watchdog {
  /** Starts it, unless it runs; nothing stops it again. */
  arm(): void;
  feed(): void;
  /** Runs something that blocks longer than the watchdog waits. */
  during<T>(blocking: () => T): T;
  /** Resets the board within a few ms, if it is not fed meanwhile. */
  restart(): void;
}

export function createWatchdog(): Watchdog {
  let timer: WatchdogTimer | null = null;
  /** Where the PIO's program is. */
  let offset = 0;

  const start = (timeout: number): WatchdogTimer => new (kaluma.require('wdt').WDT)(timeout);

  return {
    arm() {
      if (timer !== null) return;
      timer = start(TIMEOUT);
      const rp2 = nativeRp2();
      offset = rp2.pio_add_program(0, new Uint16Array(PROGRAM));
      // The native function itself: in an interrupt, one in JavaScript would meet a heap in mid-change.
      // eslint-disable-next-line @typescript-eslint/unbound-method
      rp2.pio_sm_irq(0, timer.feed);
    },
    feed() {
      if (timer !== null) timer.feed();
    },
    during(blocking) {
      if (timer === null) return blocking();
      const rp2 = nativeRp2();
      rp2.pio_sm_init(0, 0, { freq: TICK, offset, wrapTarget: 0, wrap: PROGRAM.length - 1 });
      rp2.pio_sm_put(0, 0, INTERRUPTS);
      rp2.pio_sm_set_enabled(0, 0, true);
      try {
        return blocking();
      } finally {
        rp2.pio_sm_set_enabled(0, 0, false);
      }
    },
    restart() {
      start(1);
    },
  };
}
