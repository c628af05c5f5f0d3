/**
 * Reads a message that arrives in pieces and is too long to be put together first; it keeps only the bytes that its
 * caller asks for. Its methods yield while they wait: when `isStarved()`, they continue after the next `feed()`.
 */
import type { Steps } from '../steps.ts';
import { type Annotation, markLength } from './annotation.ts';
import { DecodeError } from './errors.ts';

export interface PieceReader {
  /** Gives the reader its next bytes; the ones before must be used up. They are not kept. */
  feed(piece: Uint8Array): void;
  /** Whether the next step needs bytes that have not come. */
  isStarved(): boolean;
  /** Whether the vector that was entered last goes on. */
  hasMore(): boolean;
  /** A number of `size` bytes, the most significant first. @throws DecodeError where the vector ends before */
  number(size: number): Steps<number>;
  /** Enters a vector (RFC 5246, section 4.3) whose length prefix has `size` bytes. @throws DecodeError if it is too long */
  enter(size: number, what: string): Steps<void>;
  /** Leaves the vector entered last. @throws DecodeError if bytes of it are left over */
  leave(): void;
  /** Bytes that the vector entered last still has. */
  remaining(): number;
  /** Passes over the rest of the vector entered last. */
  skip(): Steps<void>;
  /**
   * The rest of the vector entered last, in memory of its own.
   * @param known is given back itself, and nothing is copied, if the bytes are the same
   */
  rest(known: Uint8Array | null): Steps<Uint8Array>;
  /** Bytes of the array that `rest()` is putting together. */
  held(): number;
  /** Collects `note()`s from here on, counted from offset `start`; both behind a `TRACE:` label only. */
  annotate(annotations: Annotation[] | null, start: number): void;
  /** Annotates the bytes read since the last note. */
  note(name: string): void;
}

/** @param length of the message's body */
export function createPieceReader(length: number, what: string): PieceReader {
  let piece: Uint8Array = new Uint8Array(0);
  /** Offset of the next byte in `piece`. */
  let at = 0;
  /** Offset of the next byte in the body. */
  let position = 0;
  let isStarved = false;
  let held = 0;
  /** Ends of the vectors around the next byte, and their names. */
  const limits = [length];
  const names = [what];
  let annotations: Annotation[] | null = null;
  let start = 0;
  let noted = 0;

  const remaining = (): number => limits[limits.length - 1] - position;
  const demand = (size: number): void => {
    if (size > remaining()) {
      throw new DecodeError(`${names[names.length - 1]}: expected ${size} bytes, ${remaining()} left`);
    }
  };
  const note = (name: string): void => {
    TRACE: {
      annotations?.push({ start: start + noted, end: start + position, name, depth: limits.length - 1 });
      noted = position;
    }
  };
  function* wait(): Steps<void> {
    while (at === piece.length) {
      isStarved = true;
      yield;
    }
  }
  /** Up to `most` bytes of this piece, one at least. */
  function* next(most: number): Steps<Uint8Array> {
    yield* wait();
    const bytes = piece.subarray(at, at + most);
    at += bytes.length;
    position += bytes.length;
    return bytes;
  }
  function* number(size: number): Steps<number> {
    demand(size);
    let value = 0;
    for (let i = 0; i < size; i++) {
      if (at === piece.length) yield* wait();
      value = value * 256 + piece[at];
      at += 1;
      position += 1;
    }
    return value;
  }

  return {
    feed(bytes) {
      piece = bytes;
      at = 0;
      isStarved = false;
    },
    isStarved: () => isStarved,
    hasMore: () => remaining() > 0,
    number,
    *enter(size, name) {
      const inside = yield* number(size);
      TRACE: {
        note(name);
        markLength(annotations);
      }
      demand(inside);
      limits.push(position + inside);
      names.push(name);
    },
    leave() {
      const left = remaining();
      if (left > 0) throw new DecodeError(`${names[names.length - 1]}: ${left} bytes too many`);
      limits.pop();
      names.pop();
    },
    remaining,
    *skip() {
      while (remaining() > 0) yield* next(remaining());
    },
    *rest(known) {
      const size = remaining();
      let bytes = known !== null && known.length === size ? known : new Uint8Array(size);
      for (let filled = 0; filled < size;) {
        const part = yield* next(size - filled);
        if (bytes === known && !continues(known, filled, part)) {
          bytes = new Uint8Array(size);
          bytes.set(known.subarray(0, filled));
        }
        if (bytes !== known) {
          bytes.set(part, filled);
          held = size;
        }
        filled += part.length;
      }
      held = 0;
      return bytes;
    },
    held: () => held,
    annotate(collected, from) {
      TRACE: [annotations, start] = [collected, from];
    },
    note,
  };
}

/**
 * Whether `bytes` has `part` at offset `at`. It compares words of 64 bits, which is five times faster on the board than comparing
 * bytes.
 */
function continues(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  const { length } = part;
  const expected = new DataView(bytes.buffer, bytes.byteOffset + at, length);
  const got = new DataView(part.buffer, part.byteOffset, length);
  let i = 0;
  for (; i + 8 <= length; i += 8) if (expected.getBigUint64(i) !== got.getBigUint64(i)) return false;
  for (; i < length; i++) if (bytes[at + i] !== part[i]) return false;
  return true;
}
