/** CertificateRequest: what kind of certificate the server takes (RFC 5246, section 7.4.4). */
import type { PieceReader } from '../bytes/pieceReader.ts';
import type { Steps } from '../steps.ts';

/**
 * Reads it as it comes, without keeping any of it: a broker that takes clients of every authority it knows names them
 * all, which makes 15 KB.
 * @param type ClientCertificateType of the device's certificate: 1 is rsa_sign, 64 ecdsa_sign (RFC 8422, section 5.5)
 * @param scheme SignatureAndHashAlgorithm of its signature
 * @returns whether the server takes both
 * @throws DecodeError or TlsError
 */
export function* parseCertificateRequest(body: PieceReader, type: number, scheme: number): Steps<boolean> {
  let takesType = false;
  let takesScheme = false;
  yield* body.enter(1, 'certificate_types');
  // Section 7.4.4: certificate_types<1..2^8-1>, supported_signature_algorithms<2..2^16-2>.
  do {
    if ((yield* body.number(1)) === type) takesType = true;
    TRACE: body.note('certificate_type');
  } while (body.hasMore());
  body.leave();
  yield* body.enter(2, 'supported_signature_algorithms');
  do {
    const algorithm = yield* body.number(2);
    TRACE: body.note('signature_and_hash');
    if (algorithm === scheme) takesScheme = true;
  } while (body.hasMore());
  body.leave();
  // An empty list is fine. The names in it are not compared with the device certificate's issuer: a device has one
  // certificate, and to send it is never worse than to send none.
  yield* body.enter(2, 'certificate_authorities');
  while (body.hasMore()) {
    yield* body.enter(2, 'DistinguishedName');
    // DistinguishedName<1..2^16-1>
    yield* body.number(1);
    yield* body.skip();
    TRACE: body.note('DistinguishedName');
    body.leave();
  }
  body.leave();
  body.leave();
  return takesType && takesScheme;
}
