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

/**
 * Bytes received after which garbage is collected. Kaluma puts each segment and each datagram into the C heap of 14 KB, of
 * which 9 KB are free with a reading on its way, and frees it when the collector takes its array; it does not look whether
 * there was room. A server's flight of the usual size stays below: a collection makes BigInts slow for a while.
 */
const COLLECT_AFTER = 6144;
/** What an allocation takes besides its bytes: somebody may send empty ones. */
const C_HEADER = 16;
/** Bytes in the C heap, as far as is known. */
let received = 0;

/** Kaluma handed over so many bytes: collects garbage before the C heap is full. */
export function countReceived(bytes: number): void {
  received += bytes + C_HEADER;
  if (received < COLLECT_AFTER) return;
  collectGarbage();
  received = 0;
}

/** Holes of 8 bytes to fill. */
const HOLES = 512;
/** BigInts to lie in holes of 24 bytes: 20, and 4 of the engine's. */
const LARGE = 96;
/** And in holes of 16. */
const SMALL = 32;

/**
 * Takes small holes off the list of free memory, which the engine searches from the front at every allocation. Parsing a
 * program of 60 KB leaves some 200 holes of 8 bytes, which unfilled double the time of arithmetic with BigInts; code that
 * was released leaves some dozens of 16 and 24, which add a tenth to it. Numbers fill those of 8 bytes: once dropped, the
 * engine keeps them for numbers and objects to come, until memory gets scarce. Takes 8 ms.
 * @returns what lies in the larger holes, 3 KB: to be kept while it counts
 */
export function fillHoles(): bigint[] {
  const filling: bigint[] = [];
  for (let i = 0; i < LARGE; i++) filling.push(1n << 159n);
  for (let i = 0; i < SMALL; i++) filling.push(1n << 95n);
  const numbers = new Array<number>(HOLES).fill(0.5);
  numbers.length = 0;
  return filling;
}
