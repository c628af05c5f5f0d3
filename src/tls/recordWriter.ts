/** Outgoing records (RFC 5246, section 6.2): content cut to size and, once keys are agreed, encrypted. */
import { concat } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import { MAX_PLAINTEXT, recordHeader } from './record.ts';
import type { RecordProtection } from './recordProtection.ts';
import { type Trace, traceRecord } from './trace.ts';

export interface RecordWriter {
  /**
   * One record for each 2^14 bytes of `content`, which is not empty: no empty fragment is ever sent
   * (RFC 5246, section 6.2.1). They are joined, so that one TCP segment can take them.
   * @param minor of the protocol version, if it is not 3
   * @throws TlsError when the key is used up
   */
  write(type: number, content: Uint8Array, minor?: number): Steps<Uint8Array>;
  /** Encrypts every record from the next one on, which follows ChangeCipherSpec. */
  protect(by: RecordProtection): void;
}

export function createRecordWriter(trace: Trace | undefined): RecordWriter {
  let protection: RecordProtection | null = null;
  return {
    *write(type, content, minor) {
      const parts: Uint8Array[] = [];
      for (let at = 0; at < content.length; at += MAX_PLAINTEXT) {
        const piece = content.subarray(at, at + MAX_PLAINTEXT);
        const fragment = protection === null ? piece : yield* protection.seal(type, piece);
        parts.push(recordHeader(type, fragment.length, minor), fragment);
        TRACE: if (trace !== undefined) {
          const record = concat(recordHeader(type, fragment.length, minor), fragment);
          traceRecord(trace, 'out', record, new Uint8Array(piece), protection !== null);
        }
      }
      return concat(...parts);
    },

    protect(by) {
      protection = by;
    },
  };
}
