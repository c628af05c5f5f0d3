/**
 * Incoming records (RFC 5246, section 6.2). Received bytes wait in a queue; `next()` takes one record, or a part of
 * it, out of them. An encrypted record must be whole before it is opened, and is decrypted in the memory in which it
 * was gathered; as soon as its header is read, its bytes go there without waiting in the queue. The fragments of plaintext handshake records are passed on as they come: nothing authenticates them
 * before Finished does.
 */
import { concat, toHex } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import { refuse, refuseMessage } from './errors.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, MAX_PLAINTEXT, RECORD_HEADER } from './record.ts';
import { OVERHEAD, type RecordProtection } from './recordProtection.ts';
import { type Trace, traceRecord } from './trace.ts';

/** The content of a record, or a part of it. */
export interface Content {
  type: number;
  bytes: Uint8Array;
}

export interface RecordReader {
  /** Copies received bytes. @returns false if the reader would then hold more than `most`, and dropped the bytes instead */
  push(bytes: Uint8Array, most: number): boolean;
  /** Bytes that the reader holds: those that wait in its queue, and the memory of the record that is being gathered. */
  held(): number;
  /**
   * The next content; null when more bytes must be received first.
   * @throws TlsError for a record that is not TLS 1.2's, is too long or was changed, and for one empty one too many
   */
  next(): Steps<Content | null>;
  /** Tells that the version is agreed: from now on every record must bear it. */
  agreeVersion(): void;
  /** Decrypts every record from the next one on, which follows ChangeCipherSpec. */
  protect(by: RecordProtection): void;
  /** Tells that the server is authenticated: encrypted records may now be as long as the protocol allows. */
  trust(): void;
  /** Drops everything that was received: nothing more will be read. */
  clear(): void;
}

/** Least bytes that are allocated for what is received: a server that sends them one by one costs the heap no more. */
const BLOCK = 1024;

/**
 * Most bytes of a plaintext record that is no handshake, and of an encrypted one before the handshake is over. A record within
 * this limit is passed on, so that a more specific check refuses it.
 */
const MAX_OTHER = 64;

/** Bytes of a record above which the caller is told before memory for it is allocated. */
const LONG = 4096;

/** Empty records tolerated in a row, alerts not counted; BoringSSL's limit. */
const MAX_EMPTY = 32;

/** @param onLong is called before memory for a long record is allocated */
export function createRecordReader(trace: Trace | undefined, onLong: () => void): RecordReader {
  /** Blocks of received bytes, the first ones partly used up, the last one partly filled. */
  const queue: Uint8Array[] = [];
  /** The block that was used up last. It is filled again once nobody uses its bytes any more. */
  let spare: Uint8Array | null = null;
  /** Whether `spare` may be filled again. `next()` sets this: a caller that asks for more no longer uses the last content. */
  let isSpareFree = false;
  /** Bytes of the first block that are used up. */
  let taken = 0;
  /** Bytes of the last block that have come. */
  let last = 0;
  /** Bytes that wait in all blocks. */
  let queued = 0;
  const header = new Uint8Array(RECORD_HEADER);
  /** The array that is being filled: first the header, then the fragment; null while a fragment is passed on in pieces. */
  let target: Uint8Array | null = header;
  /** Bytes of `target` that have come. */
  let filled = 0;
  /** Length of the fragment; after its decryption, of its content. */
  let length = 0;
  let protection: RecordProtection | null = null;
  let isVersionAgreed = false;
  let isTrusted = false;
  let emptyRecords = 0;
  let traced: Uint8Array[] = [];

  /** Takes at most `most` bytes out of the queue's first block; returns none if the queue is empty. */
  function piece(most: number): Uint8Array {
    if (queued === 0) return new Uint8Array(0);
    const block = queue[0];
    const end = queue.length === 1 ? last : block.length;
    const bytes = block.subarray(taken, Math.min(taken + most, end));
    queued -= bytes.length;
    taken += bytes.length;
    filled += bytes.length;
    if (taken === block.length) {
      spare = queue.shift() ?? null;
      isSpareFree = false;
      taken = 0;
    }
    return bytes;
  }

  /** Gathers into `bytes`. @returns whether they are complete */
  function gather(bytes: Uint8Array): boolean {
    while (filled < bytes.length && queued > 0) {
      const at = filled;
      bytes.set(piece(bytes.length - at), at);
    }
    return filled === bytes.length;
  }

  /**
   * A block for so many bytes: the spare one if it is large enough, because a dropped block stays in memory until the next
   * collection.
   */
  function blockFor(bytes: number): Uint8Array {
    if (spare === null || !isSpareFree || spare.length < bytes) return new Uint8Array(Math.max(BLOCK, bytes));
    const block = spare;
    spare = null;
    return block;
  }

  const gathering = (): number => (target === null || target === header ? 0 : target.length);

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
    // An encrypted record is in memory as a whole: from a server that has not proved who it is, Finished and alerts only.
    if (protection !== null && !isTrusted && length > MAX_OTHER) refuseMessage('Finished', toHex(header));
    // Alerts and ChangeCipherSpec have a byte or two: anything else is refused before memory is spent on it.
    if (protection === null && type !== HANDSHAKE && length > MAX_OTHER) refuseMessage('handshake', toHex(header));
    if (protection !== null && length > LONG) {
      spare = null;
      onLong();
    }
    target = protection === null && type === HANDSHAKE ? null : new Uint8Array(length);
    filled = 0;
    TRACE: traced = [header.slice()];
  }

  return {
    push(bytes, most) {
      const { length } = bytes;
      // `gathering()` has already counted the bytes that go straight into `target`.
      const direct = queued > 0 || target === null || target === header ? 0 : Math.min(target.length - filled, length);
      if (queued + gathering() + length - direct > most) return false;
      if (direct > 0) {
        target?.set(bytes.subarray(0, direct), filled);
        filled += direct;
      }
      let at = direct;
      queued += length - at;
      while (at < length) {
        const block = queue[queue.length - 1] as Uint8Array | undefined;
        const room = block === undefined ? 0 : block.length - last;
        if (room === 0) {
          queue.push(blockFor(length - at));
          last = 0;
        } else {
          const part = bytes.subarray(at, at + room);
          block?.set(part, last);
          last += part.length;
          at += part.length;
        }
      }
      return true;
    },

    held: () => queued + gathering(),

    *next() {
      isSpareFree = true;
      if (target === header) {
        if (!gather(header)) return null;
        begin();
      }
      const type = header[0];
      let bytes: Uint8Array | null;
      if (target === null) {
        // The piece is a view of its block, and shares its memory.
        bytes = piece(length - filled);
        TRACE: traced.push(bytes.slice());
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
        // Section 6.2.1 allows empty application data; a flood of them costs work and brings nothing.
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

    trust() {
      isTrusted = true;
    },

    clear() {
      queue.length = queued = taken = last = 0;
      spare = null;
      target = header;
    },
  };
}
