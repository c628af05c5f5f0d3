/** Handshake messages: type, length of 3 bytes, body (RFC 5246, section 7.4), across however many records. */
import { Writer } from '../bytes/writer.ts';
import { refuseCoding } from './errors.ts';
import { messageName } from './messageName.ts';
import { type Trace, traceWritten } from './trace.ts';

export const HELLO_REQUEST = 0;
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
export const CERTIFICATE = 11;
export const SERVER_KEY_EXCHANGE = 12;
export const CERTIFICATE_REQUEST = 13;
export const SERVER_HELLO_DONE = 14;
export const CERTIFICATE_VERIFY = 15;
export const CLIENT_KEY_EXCHANGE = 16;
export const FINISHED = 20;

/** Bytes of type and length in front of each body. */
export const MESSAGE_HEADER = 4;

/**
 * Most bytes of a message's body. Certificate and CertificateRequest are read as they come and take no memory, but
 * hashing a KB takes the board 0.2 s: lists of 16 KB pass with margin (AWS's have 5 KB, the names of all authorities
 * that a Linux system trusts 15 KB). All other messages have a few hundred bytes, and are put together first.
 */
const MAX_CERTIFICATE = 0x5000;
const MAX_CERTIFICATE_REQUEST = 0x6000;
export const MAX_OTHER = 0x400;

/** A whole message: its header and what `body` writes. @param capacity bytes to reserve: memory that grows leaves garbage */
export function handshakeMessage(
  type: number,
  trace: Trace | undefined,
  body: (writer: Writer) => void,
  capacity = 128,
): Uint8Array {
  const writer = new Writer(capacity);
  let name = 'message';
  TRACE: {
    name = messageName(type);
    if (trace !== undefined) writer.annotations = [];
  }
  writer.u8(type);
  TRACE: writer.note('msg_type');
  writer.vector24(name, () => body(writer));
  const bytes = writer.finish();
  TRACE: traceWritten(trace, bytes, name, type === FINISHED, writer.annotations);
  return bytes;
}

/** Finds messages in the contents of records, and puts together those that are short. */
export interface MessageReader {
  /**
   * Takes a message's header, or bytes of its body, out of `bytes`, from offset `at` on.
   * @param check is asked when a header has come, before memory is spent; it throws unless this type may come now
   * @returns the offset behind what was taken
   * @throws TlsError for a message longer than any of its type can be
   */
  take(bytes: Uint8Array, at: number, check: (type: number) => void): number;
  /**
   * The message with its header if all of it has come, else null; the next one can be read then. For Certificate and
   * CertificateRequest it is the header alone, as soon as that has come: their bodies are read in pieces.
   */
  complete(): Uint8Array | null;
  /** Whether a message has come in part. Only alerts may come before its rest. */
  isAmid(): boolean;
  /** Bytes of the message that is being put together. */
  held(): number;
  /** Drops the message that is being put together. */
  clear(): void;
}

/** Length of the body that a message's header announces. */
export function bodyLength(header: Uint8Array): number {
  return (header[1] << 16) | (header[2] << 8) | header[3];
}

/** Whether a message's body is read as it comes. */
export function isStreamed(type: number): boolean {
  return type === CERTIFICATE || type === CERTIFICATE_REQUEST;
}

export function createMessageReader(): MessageReader {
  const header = new Uint8Array(MESSAGE_HEADER);
  /** The header, until it is complete; then the whole message. */
  let target: Uint8Array = header;
  let filled = 0;

  return {
    take(bytes, at, check) {
      const piece = bytes.subarray(at, at + target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
      if (target === header && filled === MESSAGE_HEADER) {
        const type = header[0];
        check(type);
        const length = bodyLength(header);
        const most =
          type === CERTIFICATE ? MAX_CERTIFICATE : type === CERTIFICATE_REQUEST ? MAX_CERTIFICATE_REQUEST : MAX_OTHER;
        if (length > most) refuseCoding(`${most} bytes at most`, length);
        target = new Uint8Array(MESSAGE_HEADER + (isStreamed(type) ? 0 : length));
        target.set(header);
      }
      return at + piece.length;
    },

    complete() {
      if (target === header || filled < target.length) return null;
      const message = target;
      target = header;
      filled = 0;
      return message;
    },

    isAmid: () => filled > 0,

    held: () => (target === header ? 0 : target.length),

    clear() {
      target = header;
    },
  };
}
