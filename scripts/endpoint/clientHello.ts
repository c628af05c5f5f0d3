/**
 * Reads the server name from a connection's first bytes, before TLS gets them: AWS IoT Core does not answer a client
 * without SNI at all, and node:tls cannot do that.
 */
import { Reader } from '../../src/bytes/reader.ts';
import { DecodeError } from '../../src/bytes/errors.ts';

export type Peek =
  /** The rest of the ClientHello has not arrived yet. */
  | { state: 'incomplete' }
  | { state: 'complete'; serverName: string | null }
  /** The bytes do not begin a TLS connection. */
  | { state: 'not-tls'; problem: string };

/** Longest ClientHello that is accepted, with its header. Those of browsers have about 2 KB. */
const MAX_HELLO = 1 << 14;

/** Looks at the bytes of a connection as they arrive, at each byte once. */
export class ClientHelloPeek {
  private readonly header = Buffer.alloc(5);
  private headerLength = 0;
  /** Bytes of the record's fragment that have not arrived yet. */
  private left = 0;
  private message = Buffer.alloc(0);
  private length = 0;

  /** @param bytes the next that arrived; called until the ClientHello is complete */
  push(bytes: Uint8Array): Peek {
    try {
      const handshake = this.take(bytes);
      if (handshake === null) return { state: 'incomplete' };
      return { state: 'complete', serverName: serverName(new Reader(handshake, 'ClientHello')) };
    } catch (error) {
      if (error instanceof DecodeError) return { state: 'not-tls', problem: error.message };
      throw error;
    }
  }

  /** Joins handshake records until a message is complete (RFC 5246, sections 6.2.1 and 7.4); null if it is not yet. */
  private take(bytes: Uint8Array): Uint8Array | null {
    for (let at = 0; at < bytes.length;) {
      if (this.left === 0) {
        this.header[this.headerLength++] = bytes[at++];
        if (this.header[0] !== 22) throw new DecodeError(`record type ${this.header[0]}, expected a handshake`);
        if (this.headerLength < this.header.length) continue;
        this.headerLength = 0;
        this.left = this.header.readUInt16BE(3);
        // RFC 5246, section 6.2.1: "MUST NOT send zero-length fragments of Handshake".
        if (this.left === 0) throw new DecodeError('an empty handshake record');
        continue;
      }
      const piece = bytes.subarray(at, at + this.left);
      at += piece.length;
      this.left -= piece.length;
      this.gather(piece);
      if (this.length >= 4) {
        const end = 4 + this.message.readUIntBE(1, 3);
        if (end > MAX_HELLO) throw new DecodeError(`ClientHello of ${end} bytes`);
        if (this.length >= end) return this.message.subarray(4, end);
      }
    }
    return null;
  }

  private gather(piece: Uint8Array): void {
    if (this.length + piece.length > this.message.length) {
      const larger = Buffer.alloc(Math.min(2 * (this.length + piece.length), 2 * MAX_HELLO));
      larger.set(this.message.subarray(0, this.length));
      this.message = larger;
    }
    this.message.set(piece.subarray(0, this.message.length - this.length), this.length);
    this.length = Math.min(this.length + piece.length, this.message.length);
    if (this.message[0] !== 1) throw new DecodeError(`message type ${this.message[0]}, expected ClientHello`);
  }
}

/** @param bytes everything that arrived since the connection was opened */
export function peekServerName(bytes: Uint8Array): Peek {
  return new ClientHelloPeek().push(bytes);
}

/** RFC 5246, section 7.4.1.2, and RFC 6066, section 3. */
function serverName(hello: Reader): string | null {
  hello.bytes(2 + 32);
  hello.vector8('session_id');
  hello.vector16('cipher_suites');
  hello.vector8('compression_methods');
  if (hello.remaining === 0) return null;
  const extensions = hello.vector16('extensions');
  while (extensions.remaining > 0) {
    const type = extensions.u16();
    const data = extensions.vector16('extension');
    if (type !== 0) continue;
    const names = data.vector16('server_name_list');
    names.u8();
    return Buffer.from(names.vector16('HostName').rest()).toString('latin1');
  }
  return null;
}
