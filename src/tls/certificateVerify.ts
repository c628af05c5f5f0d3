/** CertificateVerify: proof that the device owns its certificate's key (RFC 5246, section 7.4.8). */
import type { Writer } from '../bytes/writer.ts';

/** @param signature over all handshake messages up to, not including, this one */
export function writeCertificateVerify(writer: Writer, scheme: number, signature: Uint8Array): void {
  writer.u16(scheme);
  TRACE: writer.note('algorithm');
  writer.vector16('signature', () => {
    writer.bytes(signature);
    TRACE: writer.note('signature');
  });
}
