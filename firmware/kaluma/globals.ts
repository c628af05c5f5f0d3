/**
 * Kaluma's globals, for the files in this folder only. The driver's own objects are used where a module above them
 * would cost more than it gives: `wifi`, `net` and `rp2` take 18 KB of heap together (measured), and hide errors.
 */
import type { KalumaGlobals, NativeRp2 } from './typings.ts';

export const kaluma = globalThis as unknown as KalumaGlobals;

let rp2: NativeRp2 | null = null;

/** Asked for once: each `binding()` begins the module anew, and forgets what its interrupts call. */
export function nativeRp2(): NativeRp2 {
  const { binding } = kaluma.process;
  return (rp2 ??= binding(binding.rp2) as NativeRp2);
}
