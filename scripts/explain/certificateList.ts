/** The list of a Certificate message (RFC 5246, section 7.4.2), which the client reads piece by piece and we as a whole. */
import type { Reader } from '../../src/bytes/reader.ts';

/** @returns the certificates in the order sent, maybe none. @throws DecodeError */
export function certificateList(reader: Reader): Uint8Array[] {
  const list = reader.vector24('certificate_list');
  const certificates: Uint8Array[] = [];
  while (list.remaining > 0) {
    const certificate = list.vector24('ASN.1Cert');
    certificates.push(certificate.rest());
    certificate.note('ASN.1Cert');
  }
  reader.end();
  return certificates;
}
