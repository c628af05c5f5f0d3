/** Whom the board believes (RFC 5280, section 6.1.1 (d)): made of root certificates on the PC, a name and a key each. */
import { parseCertificate } from './certificate.ts';
import { checkAuthority } from './extensions.ts';
import type { PublicKey } from './publicKey.ts';

export interface TrustAnchor {
  /** For people. */
  name: string;
  /** DER of the Name. */
  subject: Uint8Array;
  publicKey: PublicKey;
  /** pathLenConstraint of its certificate: CAs that may stand between it and the leaf; absent if it sets no limit. */
  pathLength?: number;
}

/**
 * @param der certificate of a root, or of any other CA that is to be believed. Its dates are the caller's to judge, and
 * its own signature proves nothing: an anchor is believed because it was chosen.
 * @param name for people, and the beginning of every message
 * @throws CertificateError for one that is malformed or no CA's; extendedKeyUsage is not looked at, as it is in no root
 */
export function trustAnchor(der: Uint8Array, name: string): TrustAnchor {
  const certificate = parseCertificate(der, name);
  checkAuthority(certificate, name);
  const { subject, publicKey, pathLength } = certificate;
  return { name, subject, publicKey, ...(pathLength < Infinity && { pathLength }) };
}
