/**
 * Incoming records (RFC 5246, section 6.2). Received bytes wait in a queue; `next()` takes one record, or a part of
 * it, out of them. An encrypted record must be whole before it is opened, and is decrypted in the memory in which it
 * was gathered. The fragments of plaintext handshake records are passed on as they come: nothing authenticates them
 * before Finished does, and 4.9 KB of certificates need not lie in memory twice.
 */
import { concat, toHex } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import { TlsError } from './errors.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MAX_PLAINTEXT, RECORD_HEADER } from './record.ts';
import { OVERHEAD, type RecordProtection } from './recordProtection.ts';
import { type Trace, traceRecord } from './trace.ts';

/** What a record carries, or a part of it. */
export interface Content {
  type: number;
  bytes: Uint8Array;
}

/**
 * Most received bytes that may wait: a handshake with 16 KB of certificates fits whatever the pace, and a server that
 * sends faster than the board computes cannot exhaust the heap.
 */
export const MAX_QUEUED = 0x8000;

/** Empty records tolerated in a row, alerts not counted; BoringSSL's limit. */
const MAX_EMPTY = 32;

export class RecordReader {
  private readonly queue: Uint8Array[] = [];
  /** Bytes of the queue's first chunk that are used up. */
  private taken = 0;
  private queued = 0;
  private readonly header = new Uint8Array(RECORD_HEADER);
  private headerFilled = 0;
  /** Of the fragment that is being read. */
  private length = 0;
  private filled = 0;
  private fragment: Uint8Array | null = null;
  private protection: RecordProtection | null = null;
  private emptyRecords = 0;
  /**
   * Set once the version is agreed: from then on every record must bear it. Before, a server that does not speak
   * TLS 1.2 says so in an alert record of its own version (RFC 5246, appendix E.1).
   */
  versionAgreed = false;
  private readonly trace: Trace | undefined;
  private traced: Uint8Array[] = [];

  constructor(trace: Trace | undefined) {
    this.trace = trace;
  }

  /** Appends received bytes, which are kept. @returns false if more would wait then than may: they are dropped */
  push(bytes: Uint8Array): boolean {
    if (this.queued + bytes.length > MAX_QUEUED) return false;
    this.queued += bytes.length;
    if (bytes.length > 0) this.queue.push(bytes);
    return true;
  }

  /** From the next record on, behind ChangeCipherSpec, everything is encrypted. */
  protect(protection: RecordProtection): void {
    this.protection = protection;
  }

  /**
   * The next content; null when more bytes must be received first.
   * @throws TlsError for a record that is not TLS 1.2's, is too long or was changed, and for one empty one too many
   */
  *next(): Steps<Content | null> {
    const { header, protection } = this;
    if (this.headerFilled < RECORD_HEADER) {
      this.headerFilled += this.fill(header, this.headerFilled);
      if (this.headerFilled < RECORD_HEADER) return null;
      this.open();
    }
    const type = header[0];
    if (this.fragment === null) {
      // The board's socket hands out 1,460 bytes at most: such a piece is a view of its chunk, and goes with it.
      const bytes = this.piece(this.length - this.filled);
      if (bytes.length === 0 && this.length > 0) return null;
      this.filled += bytes.length;
      TRACE: this.traced.push(bytes);
      if (this.filled === this.length) this.close();
      return { type, bytes };
    }
    this.filled += this.fill(this.fragment, this.filled);
    if (this.filled < this.length) return null;
    let bytes: Uint8Array | null = this.fragment;
    TRACE: this.traced.push(bytes.slice());
    if (protection !== null) {
      protection.checkLimit();
      bytes = yield* protection.open(type, bytes);
      if (bytes === null) throw new TlsError('bad_record_mac', 'record', 'a right tag', 'a changed record');
    }
    this.close(bytes);
    return { type, bytes };
  }

  /** Checks a header (RFC 5246, section 6.2.1) and makes ready for the fragment. */
  private open(): void {
    const { header } = this;
    const [type, major, minor] = header;
    // Section 6: "If a TLS implementation receives an unexpected record type, it MUST send an unexpected_message alert."
    if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) {
      throw new TlsError('unexpected_message', 'record', 'type 20 to 23', toHex(header));
    }
    if (major !== 3 || (this.versionAgreed && minor !== 3)) {
      throw new TlsError('protocol_version', 'record', 'version 0303', toHex(header));
    }
    // Section 6.2.1: plaintext of 2^14 bytes at most. Section 6.2.3 allows 2,048 bytes of protection, but what is more
    // than GCM's 24 would be plaintext beyond 2^14, for which section 7.2.2 has the same record_overflow.
    const length = (header[3] << 8) | header[4];
    const most = this.protection === null ? MAX_PLAINTEXT : MAX_PLAINTEXT + OVERHEAD;
    if (length > most) throw new TlsError('record_overflow', 'record', `${most} bytes`, `${length}`);
    this.length = length;
    this.filled = 0;
    this.fragment = this.protection === null && type === HANDSHAKE ? null : new Uint8Array(length);
    TRACE: this.traced = [header.slice()];
  }

  /** Ends the record, whose content is `content` unless that was passed on in pieces. */
  private close(content: Uint8Array | null = null): void {
    const { header } = this;
    this.headerFilled = 0;
    this.fragment = null;
    // Section 6.2.1 has uses for empty application data; as a flood they cost work and bring nothing.
    const isEmpty = (content === null ? this.length : content.length) === 0;
    if (isEmpty) {
      this.emptyRecords += 1;
      if (this.emptyRecords > MAX_EMPTY) {
        throw new TlsError('unexpected_message', 'record', `${MAX_EMPTY} empty records at most`, 'one more');
      }
    } else if (header[0] !== ALERT) {
      this.emptyRecords = 0;
    }
    TRACE: if (this.trace !== undefined) {
      const bytes = concat(...this.traced);
      const isProtected = this.protection !== null;
      traceRecord(this.trace, 'in', bytes, content?.slice() ?? bytes.slice(RECORD_HEADER), isProtected);
    }
  }

  /** Copies queued bytes into `target` from offset `at` on. @returns how many there were */
  private fill(target: Uint8Array, at: number): number {
    const start = at;
    while (at < target.length) {
      const bytes = this.piece(target.length - at);
      if (bytes.length === 0) break;
      target.set(bytes, at);
      at += bytes.length;
    }
    return at - start;
  }

  /** Takes at most `length` bytes out of the queue's first chunk; none are left if none come. */
  private piece(length: number): Uint8Array {
    const { queue, taken } = this;
    if (queue.length === 0) return new Uint8Array(0);
    const bytes = queue[0].subarray(taken, taken + length);
    this.queued -= bytes.length;
    this.taken += bytes.length;
    if (this.taken === queue[0].length) {
      queue.shift();
      this.taken = 0;
    }
    return bytes;
  }
}
