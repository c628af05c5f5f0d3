/**
 * The native functions behind `require('rp2')`. Only one PIO program is known: it counts a word down from the FIFO and raises an
 * interrupt every two ticks of its clock; the handler runs whatever the engine is doing.
 */
import type { Host } from './host.ts';

/** PULL; MOV X, OSR; IRQ 0; JMP X-- to the IRQ; JMP to itself. */
const COUNTED_INTERRUPTS = '32928,40999,49152,66,4';

export function makeRp2Natives(host: Host, feed: () => void) {
  // Each loading of the module forgets the handlers that were set before.
  let handler: (() => void) | null = null;
  host.setInterrupts(null, 0);
  let freq = 0;
  let word = 0;
  return {
    randomBigInt: () => host.random128(),
    pio_add_program(_pio: number, program: Uint16Array): number {
      if (!(program instanceof Uint16Array)) throw new TypeError('The prog argument must be Uint16Array');
      if (program.join() !== COUNTED_INTERRUPTS) host.violation('not simulated', `PIO program ${program.join()}`);
      return 32 - program.length;
    },
    pio_sm_init(_pio: number, _machine: number, options: { freq: number }): void {
      freq = options.freq;
    },
    pio_sm_put(_pio: number, _machine: number, value: number): void {
      word = value;
    },
    pio_sm_irq(_pio: number, callback: () => void): void {
      // A function in JavaScript would run while the engine's heap is in mid-change.
      if (callback !== feed) host.violation('not simulated', 'JavaScript in an interrupt');
      handler = callback;
    },
    pio_sm_set_enabled(_pio: number, _machine: number, enabled: boolean): void {
      host.setInterrupts(enabled ? handler : null, ((word + 1) * 2_000_000) / freq);
    },
  };
}
