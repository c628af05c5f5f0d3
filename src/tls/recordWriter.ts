/** Outgoing records (RFC 5246, section 6.2): content cut to size and, once keys are agreed, encrypted. */
import { concat } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import { APPLICATION_DATA, MAX_PLAINTEXT, recordHeader } from './record.ts';
import type { RecordProtection } from './recordProtection.ts';
import { type Trace, traceRecord } from './trace.ts';

export class RecordWriter {
  private protection: RecordProtection | null = null;
  private readonly trace: Trace | undefined;

  constructor(trace: Trace | undefined) {
    this.trace = trace;
  }

  /** From the next record on, behind ChangeCipherSpec, everything is encrypted. */
  protect(protection: RecordProtection): void {
    this.protection = protection;
  }

  /**
   * One record for each 2^14 bytes of `content`, which is not empty: no empty fragment is ever sent
   * (RFC 5246, section 6.2.1). They are joined, so that one TCP segment can take them.
   */
  *write(type: number, content: Uint8Array): Steps<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < content.length; at += MAX_PLAINTEXT) {
      const piece = content.subarray(at, at + MAX_PLAINTEXT);
      // Alerts may still go when the key is used up for data: there are not enough of them to matter.
      if (type === APPLICATION_DATA) this.protection?.checkLimit();
      const fragment = this.protection === null ? piece : yield* this.protection.seal(type, piece);
      const header = recordHeader(type, fragment.length);
      parts.push(header, fragment);
      TRACE: if (this.trace !== undefined) {
        traceRecord(this.trace, 'out', concat(header, fragment), new Uint8Array(piece), this.protection !== null);
      }
    }
    return concat(...parts);
  }
}
