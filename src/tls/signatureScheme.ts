/**
 * SignatureAndHashAlgorithm (RFC 5246, section 7.4.1.4.1): hash in the upper byte, 4 for SHA-256 and 5 for SHA-384;
 * signature in the lower one, 1 for RSA PKCS#1 v1.5 and 3 for ECDSA. Unlike in TLS 1.3, the hash says nothing about
 * the curve.
 */
import type { SignatureAlgorithm } from '../x509/signature.ts';

export const ECDSA_SHA256 = 0x0403;
export const ECDSA_SHA384 = 0x0503;
export const RSA_SHA256 = 0x0401;
export const RSA_SHA384 = 0x0501;

/** Offered and accepted, in order of preference. No SHA-1 (RFC 9155). */
export const SCHEMES: readonly number[] = [ECDSA_SHA256, RSA_SHA256, ECDSA_SHA384, RSA_SHA384];

/** What an offered scheme stands for. */
export function schemeAlgorithm(scheme: number): SignatureAlgorithm {
  return { type: (scheme & 0xff) === 1 ? 'rsa' : 'ec', hash: scheme >> 8 === 4 ? 'SHA-256' : 'SHA-384' };
}
