/**
 * Kaluma's globals, which only the files in this folder use. They use the driver's objects directly where a module above
 * them costs more than it is worth: `wifi`, `net` and `rp2` take 18 KB of heap together (measured), and hide errors.
 */
import type { KalumaGlobals, NativeRp2 } from './typings.ts';

export const kaluma = globalThis as unknown as KalumaGlobals;

let rp2: NativeRp2 | null = null;

/** Called once and kept, because each `binding()` initializes the module anew and forgets what its interrupts call. */
export function nativeRp2(): NativeRp2 {
  return (rp2 ??= kaluma.process.binding('rp2') as NativeRp2);
}
