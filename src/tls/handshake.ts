/** Handshake messages: type, length of 3 bytes, body (RFC 5246, section 7.4), across however many records. */
import { Writer } from '../bytes/writer.ts';
import { TlsError } from './errors.ts';
import type { Trace } from './trace.ts';

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
 * CertificateRequest may name many authorities; all other messages that are expected have a few hundred bytes.
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
  TRACE: if (trace !== undefined) writer.annotations = [];
  writer.u8(type);
  TRACE: writer.note('msg_type', `${messageName(type)}, RFC 5246, section 7.4`);
  writer.vector24(messageName(type), () => body(writer));
  const bytes = writer.finish();
  TRACE: trace?.message({
    direction: 'out',
    name: messageName(type),
    bytes: bytes.slice(),
    annotations: writer.annotations ?? [],
    protected: type === FINISHED,
  });
  return bytes;
}

/**
 * Puts messages together again from the contents of records. The memory for one is taken when its header has come and
 * was found to be of a type that may come now, with a length that it may have.
 */
export class MessageReader {
  private readonly header = new Uint8Array(MESSAGE_HEADER);
  private headerFilled = 0;
  private message: Uint8Array | null = null;
  private filled = 0;
  private seen = 0;

  /** Whether nothing of a message has come whose rest is missing: nothing else may come between them. */
  get isBetweenMessages(): boolean {
    return this.headerFilled === 0;
  }

  /**
   * Takes bytes of one message at most out of `bytes`, from offset `at` on.
   * @param check is asked when a header has come, and throws unless its type is expected
   * @returns the offset behind what was taken
   * @throws TlsError for a message longer than any of its type can be
   */
  take(bytes: Uint8Array, at: number, check: (type: number) => void): number {
    const { header } = this;
    while (this.message === null) {
      if (at === bytes.length) return at;
      header[this.headerFilled++] = bytes[at++];
      if (this.headerFilled === MESSAGE_HEADER) this.begin(check);
    }
    const piece = bytes.subarray(at, at + this.message.length - this.filled);
    this.message.set(piece, this.filled);
    this.filled += piece.length;
    return at + piece.length;
  }

  /** Of the message being read; meaningless before its header is whole. */
  get type(): number {
    return this.header[0];
  }

  /** The bytes of the message that have come since this was asked last; none before its header is whole. */
  fresh(): Uint8Array {
    const { message, seen, filled } = this;
    this.seen = filled;
    return message === null ? this.header.subarray(0, 0) : message.subarray(seen, filled);
  }

  /** The message with its header if all of it has come, else null; the next one can be read then. */
  complete(): Uint8Array | null {
    const { message } = this;
    if (message === null || this.filled < message.length) return null;
    this.message = null;
    this.headerFilled = 0;
    return message;
  }

  private begin(check: (type: number) => void): void {
    const { header } = this;
    const [type] = header;
    check(type);
    const length = (header[1] << 16) | (header[2] << 8) | header[3];
    const most =
      type === CERTIFICATE ? MAX_CERTIFICATE : type === CERTIFICATE_REQUEST ? MAX_CERTIFICATE_REQUEST : MAX_OTHER;
    if (length > most) {
      throw new TlsError('decode_error', messageName(type), `${most} bytes at most`, `${length}`);
    }
    this.message = new Uint8Array(MESSAGE_HEADER + length);
    this.message.set(header);
    this.filled = MESSAGE_HEADER;
    this.seen = 0;
  }
}
