/** ClientKeyExchange: the client's ephemeral key (RFC 8422, section 5.7). */
import type { Writer } from '../bytes/writer.ts';

/** @param point uncompressed, 65 or 97 bytes */
export function writeClientKeyExchange(writer: Writer, point: Uint8Array): void {
  writer.vector8('ECPoint', () => {
    writer.bytes(point);
    TRACE: writer.note('ecdh_Yc');
  });
}
