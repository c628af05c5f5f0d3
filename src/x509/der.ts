/**
 * DER (X.690, sections 8 to 11) read in place: definite lengths in their shortest form, single-byte tags, nothing
 * beyond 64 KB. A constructed element is entered and left again by the same reader, which then insists that its
 * contents were used up exactly; so nothing recurses and nothing is copied.
 */
import type { Annotation } from '../bytes/annotation.ts';
import { CertificateError } from './errors.ts';

export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
export const SEQUENCE = 0x30;
const BOOLEAN = 0x01;

/** All methods throw CertificateError ('malformed') for what is not the element asked for in strict DER. */
export class DerReader {
  /** Offset of the next byte. */
  position: number;
  /** Offset behind the contents of the element that was entered last. */
  limit: number;
  readonly source: Uint8Array;
  /** Which certificate this is, for messages: `leaf`. */
  readonly what: string;
  /** On the PC only: collects an annotation for each element read. */
  annotations: Annotation[] | null;
  private depth: number;
  private start: number;

  constructor(source: Uint8Array, what: string) {
    this.position = 0;
    this.limit = source.length;
    this.source = source;
    this.what = what;
    TRACE: {
      this.annotations = null;
      this.depth = 0;
      this.start = 0;
    }
  }

  /** The next element's tag; undefined at the end of the enclosing element. */
  peek(): number | undefined {
    return this.position < this.limit ? this.source[this.position] : undefined;
  }

  /** Enters an element. @returns what `leave()` wants to have back: the enclosing element's limit. */
  enter(tag: number, name: string): number {
    const outer = this.limit;
    const length = this.header(tag, name);
    this.limit = this.position + length;
    TRACE: this.annotate(name, `${length} bytes`, this.depth++);
    return outer;
  }

  /** Leaves the element that was entered last; all of it must have been read. */
  leave(outer: number): void {
    this.end();
    this.limit = outer;
    TRACE: this.depth--;
  }

  /** Insists that nothing is left of the element entered last, or of the source if none is. */
  end(): void {
    if (this.position !== this.limit) this.fail('element', `${this.limit - this.position} bytes too many`);
  }

  /** Steps over an element unseen. */
  skip(tag: number, name: string): void {
    const length = this.header(tag, name);
    this.position += length;
    TRACE: this.annotate(name, '', this.depth);
  }

  /** An element as it stands, tag and length included. */
  element(tag: number, name: string): Uint8Array {
    const start = this.position;
    this.skip(tag, name);
    return this.source.subarray(start, this.position);
  }

  /** The contents of an element. */
  contents(tag: number, name: string): Uint8Array {
    const length = this.header(tag, name);
    const start = this.position;
    this.position = start + length;
    TRACE: this.annotate(name, '', this.depth);
    return this.source.subarray(start, start + length);
  }

  /** A BOOLEAN DEFAULT FALSE: absent, or FF (X.690, sections 11.1 and 11.5). */
  flag(name: string): boolean {
    if (this.peek() !== BOOLEAN) return false;
    const value = this.contents(BOOLEAN, name);
    if (value.length !== 1 || value[0] !== 0xff) this.fail(name, 'expected TRUE as ff');
    return true;
  }

  /** The octets of an INTEGER that is not negative, in their shortest form (X.690, section 8.3.2): 1 or more. */
  unsigned(name: string): Uint8Array {
    const value = this.contents(INTEGER, name);
    // An octet 00 at the front is there to keep the next one's top bit from being a sign, or is the number 0.
    if (!(value[0] < 0x80) || (value[0] === 0 && value[1] < 0x80)) this.fail(name, 'expected shortest INTEGER >= 0');
    return value;
  }

  /** Enters a BIT STRING of whole octets, behind the count of unused bits. @returns what `leave()` wants. */
  enterBits(name: string): number {
    const outer = this.enter(BIT_STRING, name);
    if (this.peek() !== 0) this.fail(name, 'expected whole octets');
    this.position += 1;
    return outer;
  }

  /** The octets of a BIT STRING of whole octets. */
  bits(name: string): Uint8Array {
    const outer = this.enterBits(name);
    const octets = this.source.subarray(this.position, this.limit);
    this.position = this.limit;
    this.leave(outer);
    return octets;
  }

  /** Says what the element read last means; call it behind a `TRACE:` label only. */
  note(meaning: string): void {
    TRACE: if (this.annotations !== null) this.annotations[this.annotations.length - 1].meaning = meaning;
  }

  /** @throws CertificateError ('malformed') for the element `name`, with the reader's position. */
  fail(name: string, problem: string): never {
    throw new CertificateError('malformed', `${this.what}: ${name} before byte ${this.position}: ${problem}`);
  }

  /** Reads tag and length. @returns the length of the contents, at which the reader then stands. */
  private header(tag: number, name: string): number {
    const { source, limit } = this;
    let at = this.position;
    TRACE: this.start = at;
    // Reads behind the limit give a neighbour's bytes, or undefined; the check of the length refuses either.
    const found = source[at];
    if (found !== tag) this.fail(name, `expected tag ${tag.toString(16)}, got ${(found ?? 0).toString(16)}`);
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
      // 80 would be an indefinite length, 83 more than 64 KB; the rest has a shorter form (X.690, section 10.1).
      if (form === 0x80 || form > 0x82 || length < (form === 0x81 ? 0x80 : 0x100)) this.fail(name, 'bad DER length');
    }
    if (!(length <= limit - at)) this.fail(name, `expected ${length} bytes, ${limit - at} left`);
    this.position = at;
    return length;
  }

  private annotate(name: string, meaning: string, depth: number): void {
    TRACE: this.annotations?.push({ start: this.start, end: this.position, name, meaning, depth });
  }
}
