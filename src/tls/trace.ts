/**
 * What `npm run explain` sees of a connection: every record and message in either direction with each of its fields
 * named, and the secrets. Nothing here is in the device program: it is used behind `TRACE:` labels only, see
 * src/bytes/annotation.ts.
 */
import type { Annotation } from '../bytes/annotation.ts';
import type { Reader } from '../bytes/reader.ts';
import { alertName } from './alert.ts';
import type { Keys } from './keySchedule.ts';
import { ALERT, CHANGE_CIPHER_SPEC, HANDSHAKE } from './record.ts';

export type Direction = 'in' | 'out';

/** A record as it travelled. */
export interface TracedRecord {
  direction: Direction;
  /** Header and fragment as on the wire. */
  bytes: Uint8Array;
  /** Cover `bytes`. */
  annotations: Annotation[];
  /** What the fragment holds when decrypted; before ChangeCipherSpec, the fragment itself. */
  content: Uint8Array;
  /** Whether it travelled encrypted, so that `content` is secret. */
  protected: boolean;
}

/** A handshake message, whole, or the content of a record of another type. */
export interface TracedMessage {
  direction: Direction;
  /** As the RFCs name it: `ServerHello`, `ChangeCipherSpec`, `Alert`, `application_data`. */
  name: string;
  /** A handshake message with its header of 4 bytes. */
  bytes: Uint8Array;
  /** Cover `bytes` as far as they were understood. */
  annotations: Annotation[];
  /** Whether it travelled encrypted. */
  protected: boolean;
}

/** Of 32, 48 and 40 bytes; the last is both write keys, then both write IVs (RFC 5246, section 6.3). */
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
  trace.record({ direction, bytes, annotations: recordAnnotations(bytes), content, protected: isProtected });
  const [type] = bytes;
  if (type === HANDSHAKE) return;
  const [name, annotations] = contentAnnotations(type, content);
  trace.message({ direction, name, bytes: content, annotations, protected: isProtected });

  /** RFC 5246, section 6.2; with AES-GCM, RFC 5288, section 3. */
  function recordAnnotations(record: Uint8Array): Annotation[] {
    const version =
      record[2] === 3
        ? 'TLS 1.2 is 0303, RFC 5246, section 6.2.1'
        : 'of no meaning before one is agreed, RFC 5246, appendix E.1';
    const spans: [number, string, string][] = [
      [1, 'type', `${CONTENT_TYPES[record[0]]}, RFC 5246, section 6.2.1`],
      [3, 'version', version],
      [5, 'length', `${record.length - 5} bytes, RFC 5246, section 6.2.1`],
    ];
    if (isProtected && record.length >= 29) {
      spans.push(
        [13, 'nonce_explicit', 'here the sequence number, RFC 5288, section 3'],
        [record.length - 16, 'encrypted content', `${record.length - 29} bytes in AES-128-GCM, RFC 5288, section 3`],
        [
          record.length,
          'authentication tag',
          'over sequence number, type, version, length and content, RFC 5246, section 6.2.3.3',
        ],
      );
    } else {
      spans.push([
        record.length,
        'fragment',
        `${isProtected ? 'too short to be authentic' : 'not encrypted'}, RFC 5246, section 6.2.1`,
      ]);
    }
    return inARow(spans);
  }
}

/**
 * Begins to annotate an incoming handshake message with what `body` reads.
 * @returns what reports it, once
 */
export function traceMessage(
  trace: Trace | undefined,
  message: Uint8Array,
  name: string,
  isProtected: boolean,
  body: Reader,
): () => void {
  const annotations = inARow([
    [1, 'msg_type', `${name}, RFC 5246, section 7.4`],
    [4, 'length', `${message.length - 4} bytes, RFC 5246, section 7.4`],
  ]);
  if (trace !== undefined) body.annotations = annotations;
  let isReported = false;
  return () => {
    if (!isReported) trace?.message({ direction: 'in', name, bytes: message, annotations, protected: isProtected });
    isReported = true;
  };
}

const CONTENT_TYPES: Record<number, string> = {
  20: 'change_cipher_spec',
  21: 'alert',
  22: 'handshake',
  23: 'application_data',
};

function contentAnnotations(type: number, content: Uint8Array): [string, Annotation[]] {
  const { length } = content;
  if (type === CHANGE_CIPHER_SPEC) {
    return [
      'ChangeCipherSpec',
      inARow([[length, 'type', 'the keys change behind this record, RFC 5246, section 7.1']]),
    ];
  }
  if (type === ALERT && length === 2) {
    const level = `${content[0] === 1 ? 'warning' : 'fatal'}, RFC 5246, section 7.2`;
    const description = `${alertName(content[1])}, RFC 5246, section 7.2`;
    return [
      'Alert',
      inARow([
        [1, 'level', level],
        [2, 'description', description],
      ]),
    ];
  }
  return [
    type === ALERT ? 'Alert' : 'application_data',
    inARow([[length, 'data', 'of the application, RFC 5246, section 10']]),
  ];
}

/** Annotations that follow each other without a gap, given by their ends. */
function inARow(spans: [end: number, name: string, meaning: string][]): Annotation[] {
  let start = 0;
  return spans.map(([end, name, meaning]) => {
    const annotation = { start, end, name, meaning, depth: 0 };
    start = end;
    return annotation;
  });
}

const SIGNATURE_SCHEMES: Record<number, string> = {
  0x0401: 'RSA PKCS#1 v1.5 with SHA-256',
  0x0403: 'ECDSA with SHA-256',
  0x0501: 'RSA PKCS#1 v1.5 with SHA-384',
  0x0503: 'ECDSA with SHA-384',
};

/** A SignatureAndHashAlgorithm in words (RFC 5246, section 7.4.1.4.1). */
export function schemeText(scheme: number): string {
  const known = SIGNATURE_SCHEMES[scheme] ?? 'not one that this client knows';
  return `${known}, RFC 5246, section 7.4.1.4.1`;
}

const CIPHER_SUITES: Record<number, string> = {
  0xc02b: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, RFC 5289, section 3.2',
  0xc02f: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, RFC 5289, section 3.2',
  0x00ff: 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV, RFC 5746, section 3.3',
};

export function suiteText(suite: number): string {
  return CIPHER_SUITES[suite] ?? 'not one that this client knows, RFC 5246, section 7.4.1.2';
}

const EXTENSIONS: Record<number, string> = {
  0: 'server_name, RFC 6066, section 3',
  10: 'supported_groups, RFC 8422, section 5.1.1',
  11: 'ec_point_formats, RFC 8422, section 5.1.2',
  13: 'signature_algorithms, RFC 5246, section 7.4.1.4.1',
  16: 'application_layer_protocol_negotiation, RFC 7301, section 3.1',
  23: 'extended_master_secret, RFC 7627, section 5.1',
  0xff01: 'renegotiation_info, RFC 5746, section 3.2',
};

export function extensionText(type: number): string {
  return EXTENSIONS[type] ?? 'not one that this client knows, RFC 5246, section 7.4.1.4';
}
