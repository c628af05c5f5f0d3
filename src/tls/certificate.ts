/** Certificate (RFC 5246, section 7.4.2), in both directions. */
import type { PieceReader } from '../bytes/pieceReader.ts';
import type { Writer } from '../bytes/writer.ts';
import type { Steps } from '../steps.ts';
import { refuseCoding } from './errors.ts';

/** Most certificates in a list; AWS sends 4. */
const MAX_CERTIFICATES = 32;

/**
 * Reads the server's list as it comes.
 * @param take is called with each certificate's place in the list, the server's own first (0); it reads the certificate
 * out of `body`, or leaves it to be passed over
 * @throws DecodeError or TlsError, besides what `take` throws
 */
export function* parseCertificateList(body: PieceReader, take: (place: number) => Steps<void>): Steps<void> {
  yield* body.enter(3, 'certificate_list');
  let count = 0;
  // Section 7.4.2: the server's own certificate comes first, so there is one.
  do {
    if (count === MAX_CERTIFICATES) refuseCoding(`${MAX_CERTIFICATES} certificates at most`, 'more');
    yield* body.enter(3, 'ASN.1Cert');
    // Section 7.4.2: opaque ASN.1Cert<1..2^24-1>.
    if (!body.hasMore()) refuseCoding('a certificate', 'an empty one');
    yield* take(count);
    yield* body.skip();
    TRACE: body.note('ASN.1Cert');
    body.leave();
    count += 1;
  } while (body.hasMore());
  body.leave();
  body.leave();
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
