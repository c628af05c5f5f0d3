/**
 * Shows `npm run explain` every record and message of a connection, in either direction, with the names of its fields, and the
 * secrets. The device program has none of this: it is used behind `TRACE:` labels only, see src/bytes/annotation.ts.
 */
import type { Annotation } from '../bytes/annotation.ts';
import { concat } from '../bytes/encoding.ts';
import type { Reader } from '../bytes/reader.ts';
import type { Keys } from './keySchedule.ts';
import { ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE } from './record.ts';

export type Direction = 'in' | 'out';

/** A record as it travelled. */
export interface TracedRecord {
  direction: Direction;
  /** Header and fragment as on the wire. */
  bytes: Uint8Array;
  /** The decrypted content of the fragment; before ChangeCipherSpec, the fragment itself. */
  content: Uint8Array;
  /** Whether it travelled encrypted, so that `content` is secret. */
  protected: boolean;
}

/** A handshake message, whole, or the content of a record of another type. */
export interface TracedMessage {
  direction: Direction;
  /** Its name in the RFCs: `ServerHello`, `ChangeCipherSpec`, `Alert`, `application_data`. */
  name: string;
  /** A handshake message with its header of 4 bytes. */
  bytes: Uint8Array;
  /** Cover `bytes` as far as they were understood. */
  annotations: Annotation[];
  /** Whether it travelled encrypted. */
  protected: boolean;
}

/**
 * The pre_master_secret has 32 bytes (48 with secp384r1), the master_secret 48 and the key_block 40: both write keys, then both
 * write IVs (RFC 5246, section 6.3).
 */
export type SecretName = 'pre_master_secret' | 'master_secret' | 'key_block';

/** Incoming messages are reported when they have been handled or refused. */
export interface Trace {
  record(record: TracedRecord): void;
  message(message: TracedMessage): void;
  /** A line of an SSLKEYLOGFILE is `CLIENT_RANDOM`, the random of the ClientHello and the master_secret. */
  secret(name: SecretName, bytes: Uint8Array): void;
}

/** Reports the key block from which keys were made. */
export function traceKeys(trace: Trace | undefined, { block }: Keys): void {
  if (block !== undefined) trace?.secret('key_block', block.slice());
}

/** Reports a record and, unless it belongs to handshake messages, its content as a message. */
export function traceRecord(
  trace: Trace,
  direction: Direction,
  bytes: Uint8Array,
  content: Uint8Array,
  isProtected: boolean,
): void {
  trace.record({ direction, bytes, content, protected: isProtected });
  const [type] = bytes;
  if (type === HANDSHAKE) return;
  const { length } = content;
  const [name, annotations] =
    type === CHANGE_CIPHER_SPEC
      ? ['ChangeCipherSpec', inARow([length, 'type'])]
      : type === ALERT && length === 2
        ? ['Alert', inARow([1, 'level'], [2, 'description'])]
        : [type === ALERT ? 'Alert' : 'application_data', inARow([length, 'data'])];
  trace.message({ direction, name, bytes: content, annotations, protected: isProtected });
}

/**
 * Reports a handshake message that was written.
 * @param annotations as the writer made them: the msg_type, then the body, which the writer treats as one vector, then the
 * fields in the body; null if none were collected
 */
export function traceWritten(
  trace: Trace | undefined,
  message: Uint8Array,
  name: string,
  isProtected: boolean,
  annotations: readonly Annotation[] | null,
): void {
  const body = (annotations ?? []).slice(2).map((annotation) => ({ ...annotation, depth: annotation.depth - 1 }));
  trace?.message({
    direction: 'out',
    name,
    bytes: message.slice(),
    annotations: [...messageHeader(), ...body],
    protected: isProtected,
  });
}

/**
 * Begins to annotate an incoming handshake message with the fields that `body` reads.
 * @returns a function that reports the message; only its first call does anything
 */
export function traceMessage(
  trace: Trace | undefined,
  message: Uint8Array,
  name: string,
  isProtected: boolean,
  body: Reader,
): () => void {
  const annotations = messageHeader();
  if (trace !== undefined) body.annotations = annotations;
  let isReported = false;
  return () => {
    if (!isReported) trace?.message({ direction: 'in', name, bytes: message, annotations, protected: isProtected });
    isReported = true;
  };
}

/**
 * Begins to annotate an incoming handshake message that is read as it comes.
 * @returns lists for the annotations (null if nothing is traced) and for the pieces of the body, and a function that reports
 * the message; only its first call does anything
 */
export function traceStreamed(
  trace: Trace | undefined,
  header: Uint8Array,
  name: string,
): { annotations: Annotation[] | null; report: () => void; traced: Uint8Array[] } {
  const traced: Uint8Array[] = [header];
  const annotations = messageHeader();
  let isReported = false;
  const report = (): void => {
    if (!isReported) {
      trace?.message({ direction: 'in', name, bytes: concat(...traced), annotations, protected: false });
    }
    isReported = true;
  };
  return { annotations: trace === undefined ? null : annotations, report, traced };
}

/** RFC 5246, section 7.4. */
function messageHeader(): Annotation[] {
  return inARow([1, 'msg_type'], [4, 'length']);
}

/** Annotations that follow each other without a gap, given by their ends. */
function inARow(...spans: [end: number, name: string][]): Annotation[] {
  return spans.map(([end, name], i) => ({ start: i === 0 ? 0 : spans[i - 1][0], end, name, depth: 0 }));
}
