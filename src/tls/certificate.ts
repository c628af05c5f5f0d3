/** Certificate (RFC 5246, section 7.4.2), in both directions. */
import type { Reader } from '../bytes/reader.ts';
import type { Writer } from '../bytes/writer.ts';
import { refuseCoding } from './errors.ts';

/** Most that are looked at; AWS sends 4. */
const MAX_CERTIFICATES = 32;

/**
 * @returns the server's certificates in the order sent, its own first, one at least; they share memory with the message
 * @throws DecodeError or TlsError
 */
export function parseCertificateList(reader: Reader): Uint8Array[] {
  const list = reader.vector24('certificate_list');
  const certificates: Uint8Array[] = [];
  // Section 7.4.2: the server's own certificate comes first, so there is one. Each costs the heap some 80 bytes.
  do {
    if (certificates.length === MAX_CERTIFICATES) refuseCoding(`${MAX_CERTIFICATES} certificates at most`, 'more');
    const certificate = list.vector24('ASN.1Cert');
    // Section 7.4.2: opaque ASN.1Cert<1..2^24-1>.
    if (certificate.remaining === 0) refuseCoding('a certificate', 'an empty one');
    certificates.push(certificate.rest());
    TRACE: certificate.note('ASN.1Cert');
  } while (list.remaining > 0);
  reader.end();
  return certificates;
}

/** @param certificates the device's own first; empty if it has none that suits (section 7.4.6) */
export function writeCertificateList(writer: Writer, certificates: readonly Uint8Array[]): void {
  writer.vector24('certificate_list', () => {
    for (const certificate of certificates) {
      writer.vector24('ASN.1Cert', () => {
        writer.bytes(certificate);
        TRACE: writer.note('ASN.1Cert');
      });
    }
  });
}
