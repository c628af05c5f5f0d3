/**
 * Trust anchors (RFC 5280, section 6.1.1 (d)): the names and keys of the authorities that the board trusts. The PC makes
 * them from root certificates.
 */
import { BIT_STRING, BOOLEAN, DerReader, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING } from './der.ts';
import { toHex } from '../bytes/encoding.ts';
import { EXPLICIT_0 } from './certificate.ts';
import { refuse } from './errors.ts';
import { EXPLICIT_3 } from './extensions.ts';
import { type PublicKey, readPublicKey } from './publicKey.ts';

export interface TrustAnchor {
  /** For error messages. */
  name: string;
  /** DER of the Name. */
  subject: Uint8Array;
  publicKey: PublicKey;
  /** pathLenConstraint of its certificate: CAs that may stand between it and the leaf; absent if it sets no limit. */
  pathLength?: number;
}

const BASIC_CONSTRAINTS = '551d13';
const KEY_USAGE = '551d0f';
const NAME_CONSTRAINTS = '551d1e';
const KEY_CERT_SIGN = 0x04;

/**
 * Reads the name, the key, whether the key may sign certificates, and pathLenConstraint. An anchor is trusted because
 * a person chose it: its dates, its signature and its other extensions prove nothing, and may be in a form that a
 * certificate of a server's chain may not have. But one with name constraints is refused, as it is in a chain: without
 * them it would be trusted for more names than its owner allowed.
 * @param der certificate of a root, or of any other CA that is to be trusted
 * @param name begins every error message
 * @throws CertificateError for one that is malformed or no CA's, or for a key or constraints of a kind that is not implemented
 */
export function trustAnchor(der: Uint8Array, name: string): TrustAnchor {
  const reader = new DerReader(der, name);
  reader.enter();
  reader.enter();
  const hasVersion = reader.peek() === EXPLICIT_0;
  if (hasVersion) reader.contents(EXPLICIT_0);
  reader.contents(INTEGER);
  reader.contents();
  const issuer = reader.element();
  reader.contents();
  const subject = reader.element();
  const publicKey = readPublicKey(reader);
  // Skips issuerUniqueID and subjectUniqueID, which are obsolete (RFC 5280, section 4.1.2.8).
  for (let tag = reader.peek(); tag === 0x81 || tag === 0x82; tag = reader.peek()) reader.contents(tag);
  if (reader.peek() === EXPLICIT_3) {
    const pathLength = readAuthority(reader, name);
    return { name, subject, publicKey, ...(pathLength < Infinity && { pathLength }) };
  }
  // Version 1 has no extensions to say so: a certificate that its own subject issued is taken for a root's.
  if (hasVersion || toHex(issuer) !== toHex(subject)) refuse('not_a_ca', name, 'expected basicConstraints cA');
  return { name, subject, publicKey };
}

/** @returns pathLenConstraint, or Infinity @throws CertificateError unless the extensions let the key sign certificates */
function readAuthority(reader: DerReader, name: string): number {
  let isAuthority = false;
  let keyUsage = 0xff;
  let pathLength = Infinity;
  reader.enter(EXPLICIT_3);
  reader.enter();
  while (reader.peek() !== undefined) {
    reader.enter();
    const id = toHex(reader.contents(OBJECT_IDENTIFIER));
    if (reader.peek() === BOOLEAN) reader.contents(BOOLEAN);
    reader.enter(OCTET_STRING);
    if (id === BASIC_CONSTRAINTS) {
      reader.enter();
      if (reader.peek() === BOOLEAN) isAuthority = reader.contents(BOOLEAN)[0] !== 0;
      if (reader.peek() === INTEGER) {
        const octets = reader.unsigned();
        if (octets.length === 1) [pathLength] = octets;
      }
      // An anchor is chosen by a person, so odd forms in the extensions after these two are ignored.
      reader.at = reader.limit;
      reader.leave();
    } else if (id === KEY_USAGE) {
      keyUsage = reader.contents(BIT_STRING)[1] ?? 0;
    } else if (id === NAME_CONSTRAINTS) {
      refuse('unsupported', name, 'nameConstraints, which this client cannot honour; expected an anchor without');
    } else {
      reader.at = reader.limit;
    }
    reader.leave();
    reader.leave();
  }
  reader.leave();
  reader.leave();
  if (!isAuthority) refuse('not_a_ca', name, 'expected basicConstraints cA');
  if ((keyUsage & KEY_CERT_SIGN) === 0) refuse('wrong_usage', name, 'expected keyCertSign');
  return pathLength;
}
