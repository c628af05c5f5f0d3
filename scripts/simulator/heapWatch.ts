/**
 * An estimate of the simulated board's two heaps, for tests of what a peer can make it keep. V8's own heap says nothing about
 * the engine's, so the byte arrays that the program makes are counted, as long as something refers to them: what comes from
 * the network is in one of these, whatever layer has it. Everything else of the program is a constant: with it, a
 * handshake with a usual server has the same peak here as on the real image. A connection that is ready takes less, so the
 * estimate errs upwards there.
 *
 * The live objects are known only between two turns: V8 collects garbage then, and never objects that the turn itself made.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the engine's heap in all. */
export const HEAP_TOTAL = 184_312;
/** Bytes of heap at the peak of a handshake with a usual RSA chain, on the real image. */
const HANDSHAKE_PEAK = 143_960;
/** The bytes of these that are arrays of bytes, as this module counts them. */
const HANDSHAKE_ARRAYS = 12_614;
/** Bytes that the program and Kaluma take besides these arrays. */
const PROGRAM = HANDSHAKE_PEAK - HANDSHAKE_ARRAYS;
/** Bytes that an array takes besides its content. */
const ARRAY_COST = 80;
/** Bytes that a view of another array takes, with the event or the message that it is part of. */
const VIEW_COST = 200;
/** Least number of bytes made between two counts. */
const COUNTED_AFTER = 4096;
/**
 * Bytes of Kaluma's C heap that are free with a reading on its way: 14 KB, less 2 KB at idle and 3 KB for what is sent.
 * A segment that does not fit would be read from address 0.
 */
const C_HEAP_FREE = 9216;
/** Bytes that an allocation takes there besides its content. */
const C_HEADER = 16;

export class HeapWatch {
  /** The most that lived, bytes. */
  peak = PROGRAM;
  private live: { array: WeakRef<object>; bytes: number }[] = [];
  /** Bytes that lived at the last count. */
  private level = PROGRAM;
  /** Bytes made since. */
  private made = 0;
  private uncollected = 0;
  private readonly collect: () => void;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.collect = runInNewContext('gc') as () => void;
  }

  /** The program made an array. @param bytes of its own; 0 for a view */
  add(array: object, bytes: number): void {
    const cost = bytes === 0 ? VIEW_COST : ARRAY_COST + bytes;
    this.live.push({ array: new WeakRef(array), bytes: cost });
    this.made += cost;
  }

  /** Kaluma put a segment into the C heap. @returns whether there was room */
  receive(bytes: number): boolean {
    this.uncollected += bytes + C_HEADER;
    return this.uncollected <= C_HEAP_FREE;
  }

  /** The program had garbage collected. */
  collected(): void {
    this.uncollected = 0;
  }

  /** The board was reset. */
  reset(): void {
    this.live = [];
    this.level = PROGRAM;
    this.made = this.uncollected = 0;
  }

  /** Tells whether the heap is exhausted. Call it between two turns, in a job of its own. */
  isExhausted(): boolean {
    // V8 takes tens of milliseconds to collect garbage, so it does only when there may be more than ever before.
    if (this.made < COUNTED_AFTER || this.level + this.made <= Math.min(this.peak, HEAP_TOTAL)) return false;
    this.made = 0;
    this.collect();
    this.live = this.live.filter(({ array }) => array.deref() !== undefined);
    this.level = this.live.reduce((sum, { bytes }) => sum + bytes, PROGRAM);
    this.peak = Math.max(this.peak, this.level);
    return this.level > HEAP_TOTAL;
  }
}
