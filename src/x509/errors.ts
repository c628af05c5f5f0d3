/** Why a certificate, or the chain it came with, is refused. */
export type CertificateProblem =
  /** Not DER, or not what RFC 5280 says a certificate is. */
  | 'malformed'
  /** Well-formed, but of a kind that is not implemented: another key type, an unknown critical extension. */
  | 'unsupported'
  /** SHA-1, MD5, RSA below 2048 bits. */
  | 'weak'
  | 'expired'
  | 'not_yet_valid'
  /** Neither an anchor nor a certificate that was sent has the issuer's name. */
  | 'unknown_issuer'
  | 'bad_signature'
  /** The certificate is for another host. */
  | 'wrong_name'
  /** keyUsage or extendedKeyUsage forbids what the key is used for here. */
  | 'wrong_usage'
  /** A certificate without basicConstraints cA signed another. */
  | 'not_a_ca'
  /** More certificates below a CA than its pathLenConstraint allows. */
  | 'path_too_long'
  /** More certificates on a path, or issuers on the way to an anchor, than are tried. */
  | 'too_complex';

/** A certificate that is refused. */
export class CertificateError extends Error {
  readonly reason: CertificateProblem;

  constructor(reason: CertificateProblem, message: string) {
    super(message);
    this.name = 'CertificateError';
    this.reason = reason;
  }
}

/**
 * @param what which certificate: `leaf`, or `issuer 1` for the one that signed it
 * @throws CertificateError such as `leaf: expired, until 2026-01-01T00:00:00.000Z`
 */
export function refuse(reason: CertificateProblem, what: string, detail: string): never {
  throw new CertificateError(reason, `${what}: ${reason}, ${detail}`);
}
