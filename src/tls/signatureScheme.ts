/**
 * SignatureAndHashAlgorithm (RFC 5246, section 7.4.1.4.1): hash in the upper byte, 4 for SHA-256, 5 for SHA-384 and 6
 * for SHA-512; signature in the lower one, 1 for RSA PKCS#1 v1.5 and 3 for ECDSA. Unlike in TLS 1.3, the hash says nothing about
 * the curve.
 */
import type { HashName } from '../crypto/hashName.ts';
import type { SignatureAlgorithm } from '../x509/signature.ts';

export const ECDSA_SHA256 = 0x0403;
export const RSA_SHA256 = 0x0401;

/** Offered and accepted, in order of preference. No SHA-1 (RFC 9155). */
export const SCHEMES: readonly number[] = [RSA_SHA256, ECDSA_SHA256, 0x0501, 0x0503, 0x0601, 0x0603];

const HASHES: Record<number, HashName> = { 4: 'SHA-256', 5: 'SHA-384', 6: 'SHA-512' };

/** The hash and the type of key that an offered scheme stands for. */
export function schemeAlgorithm(scheme: number): SignatureAlgorithm {
  return { type: (scheme & 0xff) === 1 ? 'rsa' : 'ec', hash: HASHES[scheme >> 8] };
}
