import { type Annotation, markLength } from './annotation.ts';
import { DecodeError } from './errors.ts';

/**
 * A cursor over bytes that never reads past its end. A vector is read as a Reader of its own, which covers exactly
 * the bytes its length prefix announced (RFC 5246, section 4.3), and `end()` insists that all of them were used.
 * Nothing is copied: what `bytes()` returns shares memory with the source.
 */
export class Reader {
  readonly source: Uint8Array;
  /** Offset in `source` of the next byte. */
  position: number;
  /** Offset in `source` behind the last byte. */
  readonly limit: number;
  /** Names the structure that is being read, for error messages: `ServerHello.extensions`. */
  readonly what: string;
  /** Collects `note()`s when set; sub-readers share it. PC builds only: the board has none of the fields below. */
  annotations!: Annotation[] | null;
  private noted!: number;
  private depth!: number;

  /** Reads `source` from offset `start` up to, not including, offset `limit`. */
  constructor(source: Uint8Array, what: string, start = 0, limit = source.length) {
    this.source = source;
    this.what = what;
    this.position = start;
    this.limit = limit;
    TRACE: {
      this.annotations = null;
      this.noted = start;
      this.depth = 0;
    }
  }

  get remaining(): number {
    return this.limit - this.position;
  }

  u8(): number {
    const at = this.take(1);
    return this.source[at];
  }

  u16(): number {
    const at = this.take(2);
    return (this.source[at] << 8) | this.source[at + 1];
  }

  u24(): number {
    const at = this.take(3);
    return (this.source[at] << 16) | (this.source[at + 1] << 8) | this.source[at + 2];
  }

  /** The next `length` bytes, sharing memory with the source. */
  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return this.source.subarray(at, at + length);
  }

  /** All bytes that are left, sharing memory with the source. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A vector with a length prefix of 1 byte. */
  vector8(what: string): Reader {
    return this.vector(this.u8(), what);
  }

  /** A vector with a length prefix of 2 bytes. */
  vector16(what: string): Reader {
    return this.vector(this.u16(), what);
  }

  /** A vector with a length prefix of 3 bytes. */
  vector24(what: string): Reader {
    return this.vector(this.u24(), what);
  }

  /** @throws DecodeError if bytes are left over. */
  end(): void {
    if (this.position !== this.limit) throw new DecodeError(`${this.what}: ${this.remaining} bytes too many`);
  }

  /** Names the bytes read since the last note; call it behind a `TRACE:` label only. */
  note(name: string): void {
    TRACE: {
      const { noted: start, position: end, depth } = this;
      this.annotations?.push({ start, end, name, depth });
      this.noted = end;
    }
  }

  private vector(length: number, what: string): Reader {
    TRACE: {
      this.note(what);
      markLength(this.annotations);
    }
    const at = this.take(length);
    const inner = new Reader(this.source, what, at, at + length);
    TRACE: {
      inner.annotations = this.annotations;
      inner.depth = this.depth + 1;
      this.noted = this.position;
    }
    return inner;
  }

  private take(length: number): number {
    const at = this.position;
    if (length > this.limit - at) {
      throw new DecodeError(`${this.what}: expected ${length} bytes, ${this.limit - at} left`);
    }
    this.position = at + length;
    return at;
  }
}
