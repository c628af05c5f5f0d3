/** Handshake messages: type, length of 3 bytes, body (RFC 5246, section 7.4), across however many records. */
import { Writer } from '../bytes/writer.ts';
import { refuseCoding } from './errors.ts';
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
 * Most bytes of a certificate list: 16 KB pass with margin, an endless one does not. AWS's lists have 5 KB.
 * CertificateRequest may name authorities, sixty or so here: those that a system trusts are more than a board can hold
 * while it shakes hands. All other messages that are expected have a few hundred bytes.
 */
const MAX_CERTIFICATE = 0x5000;
const MAX_CERTIFICATE_REQUEST = 0x2000;
const MAX_OTHER = 0x400;

const NAMES: Record<number, string> = {
  0: 'HelloRequest',
  1: 'ClientHello',
  2: 'ServerHello',
  4: 'NewSessionTicket',
  11: 'Certificate',
  12: 'ServerKeyExchange',
  13: 'CertificateRequest',
  14: 'ServerHelloDone',
  15: 'CertificateVerify',
  16: 'ClientKeyExchange',
  20: 'Finished',
};

/** A message's name in the RFCs. */
export function messageName(type: number): string {
  return NAMES[type] ?? `handshake type ${type}`;
}

/** A whole message: its header and what `body` writes. */
export function handshakeMessage(type: number, trace: Trace | undefined, body: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(128);
  const name = messageName(type);
  TRACE: if (trace !== undefined) writer.annotations = [];
  writer.u8(type);
  TRACE: writer.note('msg_type');
  writer.vector24(name, () => body(writer));
  const bytes = writer.finish();
  TRACE: traceWritten(trace, bytes, name, type === FINISHED, writer.annotations);
  return bytes;
}

/** Puts messages together again from the contents of records. */
export interface MessageReader {
  /**
   * Takes bytes of one message at most out of `bytes`, from offset `at` on.
   * @param check is asked when a header has come, before memory is spent; it throws unless this type may come now
   * @returns the offset behind what was taken
   * @throws TlsError for a message longer than any of its type can be
   */
  take(bytes: Uint8Array, at: number, check: (type: number) => void): number;
  /** The message with its header if all of it has come, else null; the next one can be read then. */
  complete(): Uint8Array | null;
  /** Whether a part of a message has come, and its rest not: nothing but alerts may come between them. */
  isAmid(): boolean;
}

/**
 * @param known a Certificate message that may well come again: as long as it does it is compared, not copied, and if it
 * does to its end it is what `complete()` gives. AWS's takes 5 KB.
 */
export function createMessageReader(known: Uint8Array | null = null): MessageReader {
  const header = new Uint8Array(MESSAGE_HEADER);
  /** The header until that is whole, then the message. */
  let target: Uint8Array = header;
  let filled = 0;

  return {
    take(bytes, at, check) {
      const piece = bytes.subarray(at, at + target.length - filled);
      if (target === known && !continues(known, filled, piece)) {
        target = new Uint8Array(known.length);
        target.set(known.subarray(0, filled));
      }
      if (target !== known) target.set(piece, filled);
      filled += piece.length;
      if (target === header && filled === MESSAGE_HEADER) {
        const [type] = header;
        check(type);
        const length = (header[1] << 16) | (header[2] << 8) | header[3];
        const most =
          type === CERTIFICATE ? MAX_CERTIFICATE : type === CERTIFICATE_REQUEST ? MAX_CERTIFICATE_REQUEST : MAX_OTHER;
        if (length > most) refuseCoding(`${most} bytes at most`, length);
        if (known !== null && known.length === MESSAGE_HEADER + length && continues(known, 0, header)) {
          target = known;
        } else {
          target = new Uint8Array(MESSAGE_HEADER + length);
          target.set(header);
        }
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
  };
}

/** Whether `message` has `piece` at offset `at`. In words of 64 bits: on the board five times faster than by bytes. */
function continues(message: Uint8Array, at: number, piece: Uint8Array): boolean {
  const { length } = piece;
  const expected = new DataView(message.buffer, message.byteOffset + at, length);
  const got = new DataView(piece.buffer, piece.byteOffset, length);
  let i = 0;
  for (; i + 8 <= length; i += 8) if (expected.getBigUint64(i) !== got.getBigUint64(i)) return false;
  for (; i < length; i++) if (message[at + i] !== piece[i]) return false;
  return true;
}
