/** CertificateRequest: what kind of certificate the server takes (RFC 5246, section 7.4.4). */
import type { Reader } from '../bytes/reader.ts';

/**
 * Reads it without keeping any of it: lists may be long.
 * @param type ClientCertificateType of the device's certificate: 1 is rsa_sign, 64 ecdsa_sign (RFC 8422, section 5.5)
 * @param scheme SignatureAndHashAlgorithm of its signature
 * @returns whether the server takes both
 * @throws DecodeError or TlsError
 */
export function parseCertificateRequest(reader: Reader, type: number, scheme: number): boolean {
  let takesType = false;
  let takesScheme = false;
  const types = reader.vector8('certificate_types');
  // Section 7.4.4: certificate_types<1..2^8-1>, supported_signature_algorithms<2..2^16-2>.
  do {
    if (types.u8() === type) takesType = true;
    TRACE: types.note('certificate_type');
  } while (types.remaining > 0);
  const algorithms = reader.vector16('supported_signature_algorithms');
  do {
    const algorithm = algorithms.u16();
    TRACE: algorithms.note('signature_and_hash');
    if (algorithm === scheme) takesScheme = true;
  } while (algorithms.remaining > 0);
  // An empty list is fine. The names in it are not compared with the device certificate's issuer: a device has one
  // certificate, and to send it is never worse than to send none.
  const authorities = reader.vector16('certificate_authorities');
  while (authorities.remaining > 0) {
    const name = authorities.vector16('DistinguishedName');
    // DistinguishedName<1..2^16-1>
    name.u8();
    name.rest();
    TRACE: name.note('DistinguishedName');
  }
  reader.end();
  return takesType && takesScheme;
}
