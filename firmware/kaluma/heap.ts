/** The JavaScript heap. */
import { kaluma } from './globals.ts';

/** Of the array below, 4 B each: more than the heap has. */
const ELEMENTS = 50_000;

/** Bytes of the JavaScript heap: in all, in use (garbage included), and the most that ever were in use. */
export function heap(): { heapTotal: number; heapUsed: number; heapPeak: number } {
  return kaluma.process.memoryUsage();
}

/**
 * Frees what nothing refers to; 5 to 10 ms. The engine by itself waits until a sixteenth of all objects is new, or memory
 * runs out. For an array that does not fit it looks for memory everywhere, and then makes one that takes none.
 * It leaves many small holes, in which BigInts are slow for about a second: not to be done in front of a curve.
 */
export function collectGarbage(): void {
  new Array(ELEMENTS);
}
