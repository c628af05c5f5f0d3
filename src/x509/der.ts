/**
 * DER (X.690, sections 8 to 11) read in place: definite lengths in their shortest form, single-byte tags, nothing
 * beyond 64 KB. A constructed element is entered and left again by the same reader, which then insists that its
 * contents were used up exactly; so nothing recurses and nothing is copied.
 */
import type { Annotation } from '../bytes/annotation.ts';
import { refuse } from './errors.ts';

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
const SEQUENCE = 0x30;

/** Most calls of `peek()` on one reader; a certificate takes 30. This bounds the time for a certificate at 0.4 s on the board. */
const MAX_PEEKS = 512;

/** All methods throw CertificateError ('malformed') for what is not the element asked for in strict DER. */
export class DerReader {
  /** Offset of the next byte. */
  at: number;
  /** Offset behind the contents of the element that was entered last. */
  limit: number;
  readonly source: Uint8Array;
  /** Names the certificate in error messages: `leaf`. */
  readonly what: string;
  /** The limits of the elements around it. */
  private readonly outer: number[];
  private peeks: number;
  /** PC builds only. */
  trace: Trace | null;

  constructor(source: Uint8Array, what: string) {
    this.at = 0;
    this.limit = source.length;
    this.source = source;
    this.what = what;
    this.outer = [];
    this.peeks = 0;
    TRACE: this.trace = null;
  }

  /** The next element's tag; undefined at the end of the enclosing element. Every loop over elements asks this. */
  peek(): number | undefined {
    this.peeks += 1;
    if (this.peeks > MAX_PEEKS) this.fail(`${MAX_PEEKS} elements at most`);
    return this.at < this.limit ? this.source[this.at] : undefined;
  }

  /** Enters an element. */
  enter(tag = SEQUENCE): void {
    const length = this.header(tag);
    this.outer.push(this.limit);
    this.limit = this.at + length;
    TRACE: if (this.trace !== null) this.trace.depth += 1;
  }

  /** Leaves the element that was entered last; all of it must have been read. */
  leave(): void {
    this.end();
    this.limit = this.outer.pop() as number;
    TRACE: if (this.trace !== null) this.trace.depth -= 1;
  }

  /** Insists that nothing is left of the element entered last, or of the source if none is. */
  end(): void {
    if (this.at !== this.limit) this.fail(`the end, got ${this.limit - this.at} bytes`);
  }

  /** An element as it stands, tag and length included. */
  element(tag = SEQUENCE): Uint8Array {
    const start = this.at;
    this.contents(tag);
    return this.source.subarray(start, this.at);
  }

  /** The contents of an element. */
  contents(tag = SEQUENCE): Uint8Array {
    const length = this.header(tag);
    const start = this.at;
    this.at = start + length;
    return this.source.subarray(start, start + length);
  }

  /**
   * A BOOLEAN DEFAULT FALSE: absent, or FF (X.690, sections 11.1 and 11.5). An explicit FALSE, which DER leaves out, is
   * read as well: some home-made CAs write it, and it can mean nothing else.
   */
  flag(): boolean {
    if (this.peek() !== BOOLEAN) return false;
    const value = this.contents(BOOLEAN);
    if (value.length !== 1 || (value[0] !== 0xff && value[0] !== 0)) this.fail('TRUE or FALSE');
    return value[0] !== 0;
  }

  /** The octets of an INTEGER that is not negative, in their shortest form (X.690, section 8.3.2): 1 or more. */
  unsigned(): Uint8Array {
    const value = this.contents(INTEGER);
    // A leading 00 is allowed only where the next octet's top bit would otherwise be a sign, or as the number 0.
    if (!(value[0] < 0x80) || (value[0] === 0 && value[1] < 0x80)) this.fail('shortest INTEGER >= 0');
    return value;
  }

  /** Enters a BIT STRING of whole octets, behind the count of unused bits. */
  enterBits(): void {
    this.enter(BIT_STRING);
    if (this.peek() !== 0) this.fail('whole octets');
    this.at += 1;
  }

  /** The octets of a BIT STRING of whole octets. */
  bits(): Uint8Array {
    this.enterBits();
    const octets = this.source.subarray(this.at, this.limit);
    this.at = this.limit;
    this.leave();
    return octets;
  }

  /** @throws CertificateError ('malformed') with the offset behind what was read last */
  fail(wanted: string): never {
    return refuse('malformed', this.what, `before byte ${this.at}: expected ${wanted}`);
  }

  /** Reads tag and length. @returns the length of the contents, at which the reader then stands. */
  private header(tag: number): number {
    const { source, limit } = this;
    let { at } = this;
    TRACE: if (this.trace !== null) Object.assign(this.trace, { start: at, level: this.trace.depth });
    // A read behind the limit gives a neighbour's byte or undefined; the length check below refuses both.
    const found = source[at];
    if (found !== tag) this.fail(`tag ${tag.toString(16)}, got ${(found ?? 0).toString(16)}`);
    let length = source[at + 1];
    at += 2;
    if (length > 0x7f) {
      const form = length;
      length = source[at];
      at += 1;
      if (form === 0x82) {
        length = (length << 8) | source[at];
        at += 1;
      }
      // One octet follows 81, two follow 82, and a shorter form must be used where it suffices (X.690, section 10.1).
      // Behind 80 (indefinite length) and 83 and above (more than 64 KB) one octet was read, which is below 0x100.
      if (length < (form === 0x81 ? 0x80 : 0x100)) this.fail('DER length');
    }
    if (!(length <= limit - at)) this.fail(`${length} bytes, got ${limit - at}`);
    this.at = at;
    return length;
  }
}

/** The position of a reader, for its annotations. */
export interface Trace {
  annotations: Annotation[];
  /** Offset of the element that was read last. */
  start: number;
  /** Number of elements that surround it. */
  level: number;
  /** Number of elements that have been entered and not left. */
  depth: number;
}

/** Names the element that was read last, or the header of the one entered last; call it behind a `TRACE:` label only. */
export function note({ trace, at }: DerReader, name: string): void {
  trace?.annotations.push({ start: trace.start, end: at, name, depth: trace.level });
}

/** Names what is left of the element entered last; call it behind a `TRACE:` label only. */
export function noteRest({ trace, at, limit }: DerReader, name: string): void {
  if (at < limit) trace?.annotations.push({ start: at, end: limit, name, depth: trace.depth });
}
