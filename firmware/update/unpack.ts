/**
 * Unpacks a program as it travels, about half as long as it is in flash (`scripts/update/pack.ts` packs it). A byte below
 * 128 is a character. Any other begins a copy of earlier characters, in bits:
 *
 *     10lllddd dddddddd            NEAR + l characters, from d back
 *     11llllll dddddddd dddddddd   FAR + l characters, from d back
 *
 * A copy lies within one page of the result, and comes from the pages before it, which are in flash, or from that page. So
 * unpacking needs no more memory than a page, and can go on behind any page.
 */
import { PAGE } from '../layout.ts';

/** The shortest copy of each kind; the longest has 7 and 63 characters more. */
export const NEAR = 3;
export const FAR = 4;
export const LONGEST = FAR + 63;

export interface Unpacker {
  /** Unpacks bytes, which may end within a copy. @throws Error for what packing does not produce */
  take(bytes: Uint8Array): void;
}

/**
 * @param from place in the result at which it begins, a multiple of PAGE
 * @param size of the whole result
 * @param read returns LONGEST bytes of the result, valid until the next call
 * @param write takes the next page; the last one may be shorter. @param used bytes taken up to its end, in the call under way
 */
export function createUnpacker(
  from: number,
  size: number,
  read: (offset: number) => Uint8Array,
  write: (page: Uint8Array, used: number) => void,
): Unpacker {
  /** The page under way. Behind it is room for all that `read` returns: to copy only the wanted bytes takes three times as long. */
  const page = new Uint8Array(PAGE + LONGEST);
  /** Place in the result at which the page begins. */
  let start = from;
  /** Number of bytes of the page that are there. */
  let filled = 0;
  /** Length of a copy that has begun; 0 if none has. */
  let length = 0;
  /** High byte of that copy's distance; -1 while it is still to come. */
  let high = -1;

  return {
    take(bytes) {
      // In the engine, variables of this function are twice as fast as those around it.
      const count = bytes.length;
      const target = page;
      let [begin, end, full, copied, upper] = [start, filled, Math.min(PAGE, size - start), length, high];
      for (let i = 0; i < count; i++) {
        const byte = bytes[i];
        if (full === 0) throw new Error('a packed program is longer than its manifest says');
        if (copied === 0) {
          if (byte >= 192) {
            copied = byte - 192 + FAR;
            continue;
          }
          if (byte >= 128) {
            copied = ((byte >> 3) & 7) + NEAR;
            upper = byte & 7;
            continue;
          }
          target[end] = byte;
          end += 1;
        } else if (upper < 0) {
          upper = byte;
          continue;
        } else {
          const source = begin + end - ((upper << 8) | byte);
          const from = source - begin;
          if (source < 0 || from + copied > (from < 0 ? 0 : end) || end + copied > full)
            throw new Error('a packed program is damaged');
          if (from < 0) target.set(read(source), end);
          else target.copyWithin(end, from, from + copied);
          end += copied;
          copied = 0;
          upper = -1;
        }
        if (end === full) {
          write(target.slice(0, full), i + 1);
          begin += full;
          full = Math.min(PAGE, size - begin);
          end = 0;
        }
      }
      [start, filled, length, high] = [begin, end, copied, upper];
    },
  };
}
