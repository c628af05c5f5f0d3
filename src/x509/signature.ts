/**
 * The signatures that certificates bear: RSA PKCS#1 v1.5 (RFC 4055, section 5) and ECDSA (RFC 5758, section 3.2), both
 * with SHA-256, SHA-384 or SHA-512.
 */
import { toBinaryString } from '../bytes/encoding.ts';
import type { Combs } from '../crypto/comb.ts';
import { verifyEcdsa } from '../crypto/ecdsa.ts';
import { CryptoError } from '../crypto/errors.ts';
import type { HashName } from '../crypto/hashName.ts';
import { verifyRsaPkcs1 } from '../crypto/rsa.ts';
import type { Steps } from '../steps.ts';
import { refuse } from './errors.ts';
import type { PublicKey } from './publicKey.ts';

export interface SignatureAlgorithm {
  /** The kind of key that makes such signatures. */
  type: PublicKey['type'];
  hash: HashName;
}

/** pkcs-1, 1.2.840.113549.1.1, as the start of an OBJECT IDENTIFIER. */
const PKCS_1 = '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01';
/** ecdsa-with-SHA2, 1.2.840.10045.4.3, likewise. */
const ECDSA_WITH_SHA2 = '\x06\x08\x2a\x86\x48\xce\x3d\x04\x03';
/** ecdsa-with-SHA1, 1.2.840.10045.4.1, the whole of it. */
const ECDSA_WITH_SHA1 = '\x06\x07\x2a\x86\x48\xce\x3d\x04\x01';

const HASHES: readonly HashName[] = ['SHA-256', 'SHA-384', 'SHA-512'];
/** The algorithms that are supported: RSA with each of HASHES, then ECDSA with each. */
const KNOWN = [
  PKCS_1 + '\x0b',
  PKCS_1 + '\x0c',
  PKCS_1 + '\x0d',
  ECDSA_WITH_SHA2 + '\x02',
  ECDSA_WITH_SHA2 + '\x03',
  ECDSA_WITH_SHA2 + '\x04',
];

/**
 * @param contents of an AlgorithmIdentifier: with RSA the parameters are NULL or absent (RFC 4055, section 5: "MUST accept
 * the parameters being absent as well as present"), with ECDSA absent
 * @param what names the certificate in messages
 * @throws CertificateError 'weak' or 'unsupported'
 */
export function signatureAlgorithm(contents: Uint8Array, what: string): SignatureAlgorithm {
  const text = toBinaryString(contents);
  const rsaEnd = PKCS_1.length + 1;
  const at = KNOWN.indexOf(text.slice(rsaEnd) === '\x05\0' ? text.slice(0, rsaEnd) : text);
  if (at >= 0) return { type: at < 3 ? 'rsa' : 'ec', hash: HASHES[at % 3] };
  // pkcs-1 2 to 5 are MD2, MD4, MD5 and SHA-1 with RSA.
  const weak = text === ECDSA_WITH_SHA1 || (text.indexOf(PKCS_1) === 0 && text.charCodeAt(10) <= 5);
  return refuse(weak ? 'weak' : 'unsupported', what, 'expected RSA or ECDSA with SHA-2');
}

/**
 * Whether the owner of `key` signed `digest`; false for a key that is invalid, such as a point that is not on its curve.
 * @param digest as long as `algorithm.hash` makes it
 * @param combs for keys on P-256
 */
export function* verifySignature(
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  digest: Uint8Array,
  signature: Uint8Array,
  combs?: Combs,
): Steps<boolean> {
  if (key.type !== algorithm.type) return false;
  try {
    return yield* key.type === 'rsa'
      ? verifyRsaPkcs1(key, algorithm.hash, digest, signature)
      : verifyEcdsa(key.curve, key.point, digest, signature, combs);
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}
