/** The JavaScript heap. */
import { kaluma } from './globals.ts';

/** Length of the array below. At 4 B an element, that is more than the heap has. */
const ELEMENTS = 50_000;

/** Bytes of the JavaScript heap: in all, in use (garbage included), and the most that were ever in use. */
export function heap(): { heapTotal: number; heapUsed: number; heapPeak: number } {
  return kaluma.process.memoryUsage();
}

/**
 * Collects garbage; takes 5 to 10 ms. The engine itself does so only when a sixteenth of all objects is new, or when
 * memory runs out. Asked for an array that does not fit, it collects to find memory, and then creates a sparse one
 * that needs none. A collection leaves many small holes, which make BigInts slow for about a second, so none should
 * come right before curves.
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
/** Bytes that an allocation takes besides its content; even an empty datagram takes them. */
const C_HEADER = 16;
/** Bytes in the C heap, as far as is known. */
let received = 0;

/** Counts bytes that Kaluma has handed over, and collects garbage before the C heap is full. */
export function countReceived(bytes: number): void {
  received += bytes + C_HEADER;
  if (received < COLLECT_AFTER) return;
  collectGarbage();
  received = 0;
}

/** Holes of 8 bytes to fill. */
const HOLES = 512;
/** BigInts that fill holes of 24 bytes: 20 bytes each, and 4 of the engine's. */
const LARGE = 96;
/** BigInts that fill holes of 16 bytes. */
const SMALL = 32;

/**
 * Takes small holes off the list of free memory, which the engine searches from the front at every allocation. Parsing a
 * program of 60 KB leaves some 200 holes of 8 bytes, which double the time of BigInt arithmetic; released code leaves
 * some dozens of 16 and 24 bytes, which add a tenth to it. Numbers fill the holes of 8 bytes: once they are dropped,
 * the engine reserves that memory for other numbers and objects until memory gets scarce. Takes 8 ms.
 * @returns objects of 3 KB that fill the larger holes for as long as they are referenced
 */
export function fillHoles(): bigint[] {
  const filling: bigint[] = [];
  for (let i = 0; i < LARGE; i++) filling.push(1n << 159n);
  for (let i = 0; i < SMALL; i++) filling.push(1n << 95n);
  const numbers = new Array<number>(HOLES).fill(0.5);
  numbers.length = 0;
  return filling;
}
