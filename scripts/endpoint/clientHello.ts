/**
 * Looks into a connection's first bytes for the name that the client asks for, before TLS gets them: AWS IoT Core
 * does not answer a client without SNI at all, and node:tls cannot do that.
 */
import { Reader } from '../../src/bytes/reader.ts';
import { DecodeError } from '../../src/bytes/errors.ts';

export type Peek =
  /** The ClientHello goes on in bytes still to come. */
  | { state: 'incomplete' }
  | { state: 'complete'; serverName: string | null }
  /** Not the beginning of a TLS connection. */
  | { state: 'not-tls'; problem: string };

/** @param bytes all that came since the connection was opened */
export function peekServerName(bytes: Uint8Array): Peek {
  try {
    const handshake = handshakeBytes(bytes);
    if (handshake === null) return { state: 'incomplete' };
    return { state: 'complete', serverName: serverName(new Reader(handshake, 'ClientHello')) };
  } catch (error) {
    if (error instanceof DecodeError) return { state: 'not-tls', problem: error.message };
    throw error;
  }
}

/** Joins handshake records until a whole message is there (RFC 5246, sections 6.2.1 and 7.4); null if it is not yet. */
function handshakeBytes(bytes: Uint8Array): Uint8Array | null {
  const fragments: Uint8Array[] = [];
  for (let at = 0; ;) {
    if (at < bytes.length && bytes[at] !== 22) throw new DecodeError(`record type ${bytes[at]}, expected a handshake`);
    if (at + 5 > bytes.length) return null;
    const length = (bytes[at + 3] << 8) | bytes[at + 4];
    if (at + 5 + length > bytes.length) return null;
    fragments.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
    const message = Buffer.concat(fragments);
    if (message.length > 0 && message[0] !== 1)
      throw new DecodeError(`message type ${message[0]}, expected ClientHello`);
    if (message.length >= 4) {
      const end = 4 + message.readUIntBE(1, 3);
      if (end > 1 << 14) throw new DecodeError(`ClientHello of ${end} bytes`);
      if (message.length >= end) return message.subarray(4, end);
    }
  }
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
