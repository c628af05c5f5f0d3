/** CertificateRequest as a list of what it names (RFC 5246, section 7.4.4); the board's own reader only looks for itself in it. */
import { Reader } from '../../src/bytes/reader.ts';
import { MESSAGE_HEADER } from '../../src/trace.ts';

export interface RequestedCertificate {
  /** ClientCertificateType: 1 for RSA, 64 for ECDSA (RFC 8422, section 5.5). */
  types: number[];
  /** SignatureAndHashAlgorithm. */
  schemes: number[];
  /** Names of authorities in DER; none where the server names nobody. */
  authorities: Uint8Array[];
}

/** @param message with its header of 4 bytes. @throws DecodeError */
export function parseCertificateRequest(message: Uint8Array): RequestedCertificate {
  return readCertificateRequest(new Reader(message, 'CertificateRequest', MESSAGE_HEADER));
}

/** Notes each field for those who annotate. @throws DecodeError */
export function readCertificateRequest(body: Reader): RequestedCertificate {
  const request: RequestedCertificate = { types: [], schemes: [], authorities: [] };
  const types = body.vector8('certificate_types');
  while (types.remaining > 0) {
    request.types.push(types.u8());
    types.note('certificate_type');
  }
  const algorithms = body.vector16('supported_signature_algorithms');
  while (algorithms.remaining > 0) {
    request.schemes.push(algorithms.u16());
    algorithms.note('signature_and_hash');
  }
  const authorities = body.vector16('certificate_authorities');
  while (authorities.remaining > 0) {
    const name = authorities.vector16('DistinguishedName');
    request.authorities.push(name.rest());
    name.note('DistinguishedName');
  }
  return request;
}
