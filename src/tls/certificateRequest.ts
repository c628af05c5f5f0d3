/** CertificateRequest: what kind of certificate the server takes (RFC 5246, section 7.4.4). */
import type { Reader } from '../bytes/reader.ts';
import { refuseCoding } from './errors.ts';
import { schemeText } from './trace.ts';

export interface CertificateRequest {
  /** ClientCertificateType: 1 is rsa_sign, 64 ecdsa_sign (RFC 8422, section 5.5). */
  certificateTypes: readonly number[];
  /** SignatureAndHashAlgorithm. */
  schemes: readonly number[];
}

/** @throws DecodeError or TlsError */
export function parseCertificateRequest(reader: Reader): CertificateRequest {
  const types = reader.vector8('certificate_types');
  const certificateTypes: number[] = [];
  while (types.remaining > 0) {
    certificateTypes.push(types.u8());
    TRACE: types.note('certificate_type', '1 is rsa_sign, 64 ecdsa_sign, RFC 8422, section 5.5');
  }
  const algorithms = reader.vector16('supported_signature_algorithms');
  const schemes: number[] = [];
  while (algorithms.remaining > 0) {
    const scheme = algorithms.u16();
    TRACE: algorithms.note('signature_and_hash', schemeText(scheme));
    schemes.push(scheme);
  }
  // Section 7.4.4: certificate_types<1..2^8-1>, supported_signature_algorithms<2..2^16-2>.
  if (certificateTypes.length === 0 || schemes.length === 0) refuseCoding('types and algorithms', 'an empty list');
  // An empty list is fine. The names in it are not compared with the device certificate's issuer: a device has one
  // certificate, and to send it is never worse than to send none.
  const authorities = reader.vector16('certificate_authorities');
  while (authorities.remaining > 0) {
    const name = authorities.vector16('DistinguishedName');
    if (name.remaining === 0) refuseCoding('DistinguishedName <1..2^16-1>', 'an empty one');
    name.rest();
    TRACE: name.note('DistinguishedName', 'of an authority whose certificates the server takes');
  }
  reader.end();
  return { certificateTypes, schemes };
}
