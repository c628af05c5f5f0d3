import { type Annotation, markLength } from './annotation.ts';

/**
 * Builds a message in memory that grows as needed. A vector's length prefix is written by `vectorN()` around a
 * function that writes its body, so it can be neither forgotten nor wrong (RFC 5246, section 4.3).
 */
export class Writer {
  private buffer: Uint8Array;
  private length = 0;
  /** Collects `note()`s when set. PC builds only: the board has none of the fields below. */
  annotations!: Annotation[] | null;
  private noted!: number;
  private depth!: number;

  /** @param capacity bytes to reserve; a good guess saves copies. */
  constructor(capacity = 64) {
    this.buffer = new Uint8Array(capacity);
    TRACE: {
      this.annotations = null;
      this.noted = 0;
      this.depth = 0;
    }
  }

  u8(value: number): this {
    const at = this.grow(1);
    this.buffer[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.grow(2);
    this.buffer[at] = value >> 8;
    this.buffer[at + 1] = value;
    return this;
  }

  u24(value: number): this {
    const at = this.grow(3);
    this.buffer[at] = value >> 16;
    this.buffer[at + 1] = value >> 8;
    this.buffer[at + 2] = value;
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.grow(value.length);
    this.buffer.set(value, at);
    return this;
  }

  /** A vector of at most 255 bytes, written by `body`. @throws RangeError if it becomes longer. */
  vector8(what: string, body: () => void): this {
    return this.vector(1, what, body);
  }

  /** A vector of at most 65,535 bytes, written by `body`. @throws RangeError if it becomes longer. */
  vector16(what: string, body: () => void): this {
    return this.vector(2, what, body);
  }

  /** A vector of at most 16,777,215 bytes, written by `body`. @throws RangeError if it becomes longer. */
  vector24(what: string, body: () => void): this {
    return this.vector(3, what, body);
  }

  /** Returns the bytes that were written. They share memory with the writer: write no more afterwards. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** Names the bytes written since the last note; call it behind a `TRACE:` label only. */
  note(name: string): void {
    TRACE: {
      const { noted: start, length: end, depth } = this;
      this.annotations?.push({ start, end, name, depth });
      this.noted = end;
    }
  }

  private vector(prefix: number, what: string, body: () => void): this {
    const at = this.grow(prefix);
    TRACE: {
      this.note(what);
      markLength(this.annotations);
      this.depth += 1;
    }
    body();
    let length = this.length - at - prefix;
    TRACE: this.depth -= 1;
    for (let i = prefix - 1; i >= 0; i--) {
      this.buffer[at + i] = length;
      length >>= 8;
    }
    if (length > 0) throw new RangeError(`${what} does not fit a length of ${prefix} bytes`);
    return this;
  }

  /** Makes room for `count` more bytes and returns the offset of the first. */
  private grow(count: number): number {
    const at = this.length;
    this.length = at + count;
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.buffer.length));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    return at;
  }
}
