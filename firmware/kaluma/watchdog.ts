/**
 * The watchdog resets the board when it is not fed for 8 s. Two of Kaluma's operations block longer than that:
 * flashing over serial, for which main.ts arms the watchdog only after a while, and joining Wi-Fi, during which a
 * state machine of the PIO feeds it, for about a minute at most.
 */
import type { WatchdogTimer } from './typings.ts';
import { kaluma, nativeRp2 } from './globals.ts';

/** ms; the hardware's limit is 8,388. */
const TIMEOUT = 8000;
/** Hz, about the slowest that the PIO's divider allows. */
const TICK = 1908;
/** Interrupts of two ticks each before the machine stops: 69 s. */
const INTERRUPTS = 65_535;
/** PULL; MOV X, OSR; IRQ 0; JMP X-- to the IRQ; JMP to itself (RP2040 datasheet, section 3.4). */
const PROGRAM = [0x80a0, 0xa027, 0xc000, 0x0042, 0x0004];

/**
 * The watchdog's REASON register, whose lowest bit is set after a reset by the watchdog, and the offset of SCRATCH4
 * from it (RP2040 datasheet, section 4.7.6).
 */
const REASON = 0x4005_8008;
const SCRATCH4 = 0x14;
/**
 * The value that the SDK leaves in SCRATCH4 when it arms the watchdog, least significant byte first. The boot ROM, which
 * restarts by the watchdog too, does not leave it.
 */
const ARMED = [0x21, 0x31, 0xb7, 0x6a];
/** The address at which Kaluma's flash device begins to count. */
const FLASH = 0x100f_c000;

/**
 * Whether the chip was reset by the watchdog, armed by a program. Kaluma has no function for it, but its flash device
 * reads any address.
 */
export function wasResetByWatchdog(): boolean {
  const bytes = new Uint8Array(SCRATCH4 + 4);
  new (kaluma.require('flash').Flash)(0, 0).read(0, bytes, REASON - FLASH);
  return (bytes[0] & 1) === 1 && ARMED.every((byte, i) => bytes[SCRATCH4 + i] === byte);
}

export interface Watchdog {
  /** Starts the watchdog unless it runs; nothing can stop it again. */
  arm(): void;
  feed(): void;
  /** Runs something that blocks longer than the watchdog allows. */
  during<T>(blocking: () => T): T;
  /** Resets the board within a few ms. */
  restart(): void;
}

export function createWatchdog(): Watchdog {
  let timer: WatchdogTimer | null = null;
  /** Place of the program in the PIO's memory. */
  let offset = 0;

  const start = (timeout: number): WatchdogTimer => new (kaluma.require('wdt').WDT)(timeout);

  return {
    arm() {
      if (timer !== null) return;
      timer = start(TIMEOUT);
      const rp2 = nativeRp2();
      offset = rp2.pio_add_program(0, new Uint16Array(PROGRAM));
      // The native function itself: JavaScript in an interrupt would find the heap in the middle of a change.
      // oxlint-disable-next-line typescript/unbound-method
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
