/** AES-128-GCM over the records of one direction (RFC 5288, section 3; RFC 5246, section 6.2.3.3). */
import { concat } from '../bytes/encoding.ts';
import { Aes128Gcm } from '../crypto/aesGcm.ts';
import type { Steps } from '../steps.ts';
import { refuse } from './errors.ts';
import { ALERT, recordHeader } from './record.ts';

/** Bytes that protection adds: the explicit nonce and the tag. */
export const OVERHEAD = 24;
const EXPLICIT_NONCE = 8;

/**
 * Most records for one key. RFC 5246, section 6.1 only forbids that the sequence number wraps; AES-GCM keeps its
 * promises for 2^24.5 records of full size (RFC 9325, section 4.4; RFC 8446, section 5.5), and this client does not
 * renegotiate, so the connection must end there.
 */
const MAX_RECORDS = 0x1000000;

/** One direction's key. The functions take no `this`: the engine does not keep that of a running generator. */
export interface RecordProtection {
  /** Number of the next record. */
  sequence: number;
  /**
   * The fragment of a record that carries `content`: explicit nonce, ciphertext and tag.
   * @throws TlsError when the key has protected as many records as it may
   */
  seal(type: number, content: Uint8Array): Steps<Uint8Array>;
  /**
   * The content of a record, decrypted in the memory of `fragment`; null if it was changed on its way.
   * @throws TlsError as `seal()` does
   */
  open(type: number, fragment: Uint8Array): Steps<Uint8Array | null>;
}

/**
 * @param key 16 bytes
 * @param salt 4 bytes, kept: GCMNonce.salt, the part of the nonce that is not sent
 */
export function createRecordProtection(key: Uint8Array, salt: Uint8Array): RecordProtection {
  const gcm = new Aes128Gcm(key);
  /** The record's sequence number, 8 bytes. */
  const next = (type: number): Uint8Array => {
    const sequence = protection.sequence++;
    // Alerts may still be sent: they are too few to matter.
    if (sequence >= MAX_RECORDS && type !== ALERT) refuse('internal_error', 'a fresh key', 'a used-up one');
    return new Uint8Array([0, 0, 0, 0, sequence >> 24, sequence >> 16, sequence >> 8, sequence]);
  };
  const protection: RecordProtection = {
    sequence: 0,
    *seal(type, content) {
      const sequence = next(type);
      // RFC 5288, section 3: the explicit nonce may be the sequence number, which never repeats for a key.
      const nonce = concat(salt, sequence);
      return concat(sequence, yield* gcm.seal(nonce, additionalData(sequence, type, content.length), content));
    },
    *open(type, fragment) {
      const sequence = next(type);
      const length = fragment.length - OVERHEAD;
      if (length < 0) return null;
      const nonce = concat(salt, fragment.subarray(0, EXPLICIT_NONCE));
      const sealed = fragment.subarray(EXPLICIT_NONCE);
      return yield* gcm.open(nonce, additionalData(sequence, type, length), sealed);
    },
  };
  return protection;
}

/** The bytes that GCM authenticates besides the content: seq_num, type, version, length (RFC 5246, section 6.2.3.3). */
function additionalData(sequence: Uint8Array, type: number, length: number): Uint8Array {
  return concat(sequence, recordHeader(type, length));
}
