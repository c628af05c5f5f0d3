/**
 * Kaluma's globals, for the files in this folder only. The driver's own objects are used where a module above them
 * would cost more than it gives: `wifi`, `net` and `rp2` take 18 KB of heap together (measured), and hide errors.
 */
import type { KalumaGlobals, WifiDevice } from '../../board/kaluma.ts';

/** What `require('wifi')` wraps. Failures show in `errno` alone. */
export interface Radio extends WifiDevice {
  /** Blocks up to 30 s. */
  connect(network: { ssid: string; password: string }): void;
  /** Sets `errno` to 0 when joined and addressed, else to -1. */
  get_connection(): void;
}

/** What `require('rp2')` wraps. */
export interface NativeRp2 {
  randomBigInt(): bigint;
  pio_add_program(pio: 0 | 1, program: Uint16Array): number;
  /** Runs from `offset`; `wrap` and `wrapTarget` count from there. */
  pio_sm_init(
    pio: 0 | 1,
    machine: number,
    options: { freq: number; offset: number; wrapTarget: number; wrap: number },
  ): void;
  pio_sm_put(pio: 0 | 1, machine: number, value: number): void;
  /** Calls back in the interrupt itself, also in the middle of a blocking call. */
  pio_sm_irq(pio: 0 | 1, callback: () => void): void;
  pio_sm_set_enabled(pio: 0 | 1, machine: number, enabled: boolean): void;
}

interface Natives {
  __ieee80211dev: Radio;
  process: { binding: ((name: string) => unknown) & { rp2: string } };
}

export const kaluma = globalThis as unknown as KalumaGlobals & Natives;

export function nativeRp2(): NativeRp2 {
  const { binding } = kaluma.process;
  return binding(binding.rp2) as NativeRp2;
}
