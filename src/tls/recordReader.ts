/**
 * Incoming records (RFC 5246, section 6.2). Received bytes wait in a queue; `next()` takes one record, or a part of
 * it, out of them. An encrypted record must be whole before it is opened, and is decrypted in the memory in which it
 * was gathered. The fragments of plaintext handshake records are passed on as they come: nothing authenticates them
 * before Finished does, and 4.9 KB of certificates need not lie in memory twice.
 */
import { concat, toHex } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import { refuse, refuseMessage } from './errors.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MAX_PLAINTEXT, RECORD_HEADER } from './record.ts';
import { OVERHEAD, type RecordProtection } from './recordProtection.ts';
import { type Trace, traceRecord } from './trace.ts';

/** What a record carries, or a part of it. */
export interface Content {
  type: number;
  bytes: Uint8Array;
}

export interface RecordReader {
  /** Appends received bytes, which are kept. @returns false if more would wait then than may: they are dropped */
  push(bytes: Uint8Array): boolean;
  /**
   * The next content; null when more bytes must be received first.
   * @throws TlsError for a record that is not TLS 1.2's, is too long or was changed, and for one empty one too many
   */
  next(): Steps<Content | null>;
  /** Now that the version is agreed, every record must bear it. */
  agreeVersion(): void;
  /** From the next record on, behind ChangeCipherSpec, everything is encrypted. */
  protect(by: RecordProtection): void;
}

/**
 * Most received bytes that may wait, and what they cost: a handshake with 16 KB of certificates fits whatever the pace, and a server that
 * sends faster than the board computes cannot exhaust the heap.
 */
export const MAX_QUEUED = 0x8000;

/** Bytes of heap that each chunk takes besides its own. */
const CHUNK_COST = 64;

/** Most bytes of a plaintext record that is no handshake: what is wrong with a short one, others say better. */
const MAX_OTHER = 64;

/** Empty records tolerated in a row, alerts not counted; BoringSSL's limit. */
const MAX_EMPTY = 32;

export function createRecordReader(trace: Trace | undefined): RecordReader {
  const queue: Uint8Array[] = [];
  /** Bytes of the queue's first chunk that are used up. */
  let taken = 0;
  let queued = 0;
  const header = new Uint8Array(RECORD_HEADER);
  /** What is being gathered: the header, then the fragment; null while a fragment is passed on in pieces. */
  let target: Uint8Array | null = header;
  /** Bytes of it that have come. */
  let filled = 0;
  /** Of the fragment. */
  let length = 0;
  let protection: RecordProtection | null = null;
  let isVersionAgreed = false;
  let emptyRecords = 0;
  let traced: Uint8Array[] = [];

  /** Takes at most `most` bytes out of the queue's first chunk; none are left if none come. */
  function piece(most: number): Uint8Array {
    if (queue.length === 0) return new Uint8Array(0);
    const [chunk] = queue;
    const bytes = chunk.subarray(taken, taken + most);
    queued -= bytes.length;
    taken += bytes.length;
    filled += bytes.length;
    if (taken === chunk.length) {
      queue.shift();
      taken = 0;
    }
    return bytes;
  }

  /** Gathers into `bytes`. @returns whether they are complete */
  function gather(bytes: Uint8Array): boolean {
    while (filled < bytes.length && queue.length > 0) {
      const at = filled;
      bytes.set(piece(bytes.length - at), at);
    }
    return filled === bytes.length;
  }

  /** Checks the header (RFC 5246, section 6.2.1) and makes ready for the fragment. */
  function begin(): void {
    const [type, major, minor] = header;
    // Section 6: "If a TLS implementation receives an unexpected record type, it MUST send an unexpected_message alert."
    if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) {
      refuseMessage('type 20 to 23', toHex(header));
    }
    // Before it is agreed, a server that does not speak TLS 1.2 says so in an alert of its own version (appendix E.1).
    if (major !== 3 || (isVersionAgreed && minor !== 3)) refuse('protocol_version', 'version 0303', toHex(header));
    // Section 6.2.1: plaintext of 2^14 bytes at most. Section 6.2.3 allows 2,048 bytes of protection, but what is more
    // than GCM's 24 would be plaintext beyond 2^14, for which section 7.2.2 has the same record_overflow.
    const most = protection === null ? MAX_PLAINTEXT : MAX_PLAINTEXT + OVERHEAD;
    length = (header[3] << 8) | header[4];
    if (length > most) refuse('record_overflow', `${most} bytes`, length);
    // Alerts and ChangeCipherSpec have a byte or two: anything else is refused before memory is spent on it.
    if (protection === null && type !== HANDSHAKE && length > MAX_OTHER) refuseMessage('handshake', toHex(header));
    target = protection === null && type === HANDSHAKE ? null : new Uint8Array(length);
    filled = 0;
    TRACE: traced = [header.slice()];
  }

  return {
    push(bytes) {
      queued += bytes.length;
      if (queued + CHUNK_COST * queue.length > MAX_QUEUED) return false;
      if (bytes.length > 0) queue.push(bytes);
      return true;
    },

    *next() {
      if (target === header) {
        if (!gather(header)) return null;
        begin();
      }
      const [type] = header;
      let bytes: Uint8Array | null;
      if (target === null) {
        // The board's socket hands out 1,460 bytes at most: such a piece is a view of its chunk, and goes with it.
        bytes = piece(length - filled);
        TRACE: traced.push(bytes);
        if (bytes.length === 0 && length > 0) return null;
        if (filled < length) return { type, bytes };
      } else {
        if (!gather(target)) return null;
        bytes = target;
        TRACE: traced.push(bytes.slice());
        if (protection !== null) {
          bytes = yield* protection.open(type, bytes);
          // RFC 5246, section 6.2.3.3: "If the decryption fails, a fatal bad_record_mac alert MUST be generated."
          if (bytes === null) refuse('bad_record_mac', 'a right tag', 'a changed record');
          length = bytes.length;
        }
      }
      TRACE: if (trace !== undefined) {
        const record = concat(...traced);
        const content = target === null ? record.slice(RECORD_HEADER) : bytes.slice();
        traceRecord(trace, 'in', record, content, protection !== null);
      }
      target = header;
      filled = 0;
      if (length > 0) {
        if (type !== ALERT) emptyRecords = 0;
        // Section 6.2.1 has uses for empty application data; as a flood they cost work and bring nothing.
      } else if (++emptyRecords > MAX_EMPTY) {
        refuseMessage(`${MAX_EMPTY} empty records at most`, 'one more');
      }
      return { type, bytes };
    },

    agreeVersion() {
      isVersionAgreed = true;
    },

    protect(by) {
      protection = by;
    },
  };
}
