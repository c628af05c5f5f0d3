/** RSA signatures, PKCS#1 v1.5 (RFC 8017, section 8.2): verified for certificates and ServerKeyExchange, made for CertificateVerify. */
import type { Steps } from '../steps.ts';
import { bigIntToBytes, bytesToBigInt } from './bigint.ts';
import { CryptoError } from './errors.ts';
import type { HashName } from './hashName.ts';
import { power, RsaModulus } from './rsaModulus.ts';

export interface RsaPublicKey {
  /** Big-endian, without a leading zero, 2048 to 4096 bits. */
  modulus: Uint8Array;
  /** Odd, 3 or more. */
  exponent: number;
}

/** As RFC 8017, section 3.2 has it; scripts/lib/rsaKey.ts prepares and checks it on the PC. */
export interface RsaPrivateKey {
  /** Bytes of the modulus p·q. The primes are of 4·length bits each. */
  length: number;
  exponent: number;
  p: bigint;
  q: bigint;
  /** d mod (p − 1). */
  dP: bigint;
  /** d mod (q − 1). */
  dQ: bigint;
  /** 1/q mod p. */
  qInv: bigint;
}

/** Bytes of digest, and DER of DigestInfo before it, with the parameters NULL (RFC 8017, section 9.2, note 1). */
const DIGESTS: Record<HashName, readonly [number, bigint]> = {
  'SHA-256': [32, 0x3031300d060960864801650304020105000420n],
  'SHA-384': [48, 0x3041300d060960864801650304020205000430n],
};

/**
 * RSASSA-PKCS1-V1_5-VERIFY (RFC 8017, section 8.2.2). The whole encoding is compared, nothing in it is parsed.
 * 92 ms for 2048 bits and the exponent 65537.
 * @param digest of the message, 32 or 48 bytes
 * @throws CryptoError for a key that is none, or a digest of another length
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
  const expected = encode(hash, digest, length);
  if (signature.length !== length) return false;
  const n = bytesToBigInt(modulus);
  const s = bytesToBigInt(signature);
  if (s >= n) return false;
  return (yield* power(new RsaModulus(n, bits), s, exponent)) === expected;
}

/**
 * RSASSA-PKCS1-V1_5-SIGN (RFC 8017, section 8.2.1) with SHA-256, by the Chinese remainder theorem. 3.8 s for 2048 bits.
 * @param digest SHA-256 of the message, 32 bytes
 * @returns as many bytes as the modulus has
 * @throws CryptoError if the signature does not verify: a wrong one of these would give the key away (Boneh, DeMillo,
 * Lipton, "On the Importance of Checking Cryptographic Protocols for Faults", 1997)
 */
export function* signRsaPkcs1(key: RsaPrivateKey, digest: Uint8Array): Steps<Uint8Array> {
  const { length, p, q } = key;
  const message = encode('SHA-256', digest, length);
  const modP = new RsaModulus(p, 4 * length);
  const modQ = new RsaModulus(q, 4 * length);
  const sP = yield* power(modP, modP.reduce(message), key.dP);
  const sQ = yield* power(modQ, modQ.reduce(message), key.dQ);
  const h = modP.exact(modP.reduce((sP + p + p - sQ) * key.qInv));
  const s = sQ + q * h;
  if ((yield* power(new RsaModulus(p * q, 8 * length), s, key.exponent)) !== message) {
    throw new CryptoError('RSA signature: does not verify');
  }
  return bigIntToBytes(s, length);
}

/** EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) as a number: 00 01 FF … FF 00 DigestInfo. @param length of it, in bytes */
function encode(hash: HashName, digest: Uint8Array, length: number): bigint {
  const [digestLength, digestInfo] = DIGESTS[hash];
  if (digest.length !== digestLength) {
    throw new CryptoError(`${hash} digest: expected ${digestLength} bytes, not ${digest.length}`);
  }
  const infoBits = 8 * (19 + digestLength);
  const padding = (1n << BigInt(8 * length - infoBits - 23)) - 1n;
  return (padding << BigInt(infoBits + 8)) | (digestInfo << BigInt(8 * digestLength)) | bytesToBigInt(digest);
}
