/** Verifies the RSA signatures, PKCS#1 v1.5 (RFC 8017, section 8.2), of certificates and of ServerKeyExchange. */
import type { Steps } from '../steps.ts';
import { bytesToBigInt } from '../bytes/bigint.ts';
import { CryptoError } from './errors.ts';
import type { HashName } from './hashName.ts';
import { power, RsaModulus } from './rsaModulus.ts';

export interface RsaPublicKey {
  /** Big-endian, without a leading zero, 2048 to 4096 bits. */
  modulus: Uint8Array;
  /** Odd, 3 or more. */
  exponent: number;
}

/** Bytes of digest, and DER of DigestInfo before it, with the parameters NULL (RFC 8017, section 9.2, note 1). */
const DIGESTS: Record<HashName, readonly [number, bigint]> = {
  'SHA-256': [32, 0x3031300d060960864801650304020105000420n],
  'SHA-384': [48, 0x3041300d060960864801650304020205000430n],
  'SHA-512': [64, 0x3051300d060960864801650304020305000440n],
};

/**
 * RSASSA-PKCS1-V1_5-VERIFY (RFC 8017, section 8.2.2). It compares the whole encoding and parses none of it.
 * 92 ms for 2048 bits and the exponent 65537.
 * @param digest of the message, 32, 48 or 64 bytes
 * @throws CryptoError for an invalid key, or a digest of another length
 */
export function* verifyRsaPkcs1(
  key: RsaPublicKey,
  hash: HashName,
  digest: Uint8Array,
  signature: Uint8Array,
): Steps<boolean> {
  const { modulus, exponent } = key;
  const length = modulus.length;
  const bits = 8 * length + 24 - Math.clz32(modulus[0]);
  if (bits < 2048 || bits > 4096 || modulus[0] === 0 || (modulus[length - 1] & 1) === 0) {
    throw new CryptoError(`RSA modulus: expected odd, 2048 to 4096 bits, not ${bits}`);
  }
  if (exponent < 3 || exponent > 0xffffffff || exponent % 2 !== 1) {
    throw new CryptoError(`RSA exponent: expected odd, 3 to 2^32, not ${exponent}`);
  }
  const expected = encodePkcs1(hash, digest, length);
  if (signature.length !== length) return false;
  const n = bytesToBigInt(modulus);
  const s = bytesToBigInt(signature);
  if (s >= n) return false;
  return (yield* power(new RsaModulus(n, bits), s, exponent)) === expected;
}

/** EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) as a number: 00 01 FF … FF 00 DigestInfo. @param length of it, in bytes */
export function encodePkcs1(hash: HashName, digest: Uint8Array, length: number): bigint {
  const [digestLength, digestInfo] = DIGESTS[hash];
  if (digest.length !== digestLength) {
    throw new CryptoError(`${hash} digest: expected ${digestLength} bytes, not ${digest.length}`);
  }
  const infoBits = 8 * (19 + digestLength);
  const padding = (1n << BigInt(8 * length - infoBits - 23)) - 1n;
  return (padding << BigInt(infoBits + 8)) | (digestInfo << BigInt(8 * digestLength)) | bytesToBigInt(digest);
}
