/**
 * ECDSA signatures on P-256 (FIPS 186-5, section 6.4.1), made in two parts, the longer of which needs no message. A signature is
 * an ECDSA-Sig-Value in DER (RFC 3279, section 2.2.3).
 */
import { concat } from '../bytes/encoding.ts';
import { bigIntToBytes, bytesToBigInt } from '../bytes/bigint.ts';
import type { Combs } from './comb.ts';
import { curveOf } from './curve.ts';
import { INTEGER, SEQUENCE } from './ecdsa.ts';
import { CryptoError } from './errors.ts';
import type { Random } from './random.ts';
import { multiple } from './scalarMultiplication.ts';
import type { Steps } from '../steps.ts';

/** Values that a signature derives from its secret number k. Two signatures with the same k reveal the private key. */
export interface EcdsaNonce {
  /** x of k·G, modulo n. */
  r: bigint;
  /** 1/k modulo n; 0 once it is used. */
  kInverse: bigint;
}

/**
 * Computes the part of a signature on P-256 that needs neither message nor key; good for one `signEcdsa()`.
 * @param combs the function adds the comb of G; see `prepareMultiples()`
 */
export function* prepareEcdsaNonce(random: Random, combs?: Combs): Steps<EcdsaNonce> {
  const curve = curveOf('P-256');
  const { field, scalars } = curve;
  for (;;) {
    const k = curve.randomScalar(random);
    const point = yield* multiple(curve, k, curve.base, combs);
    const r = scalars.multiply(field.leave(point[0]), 1n);
    if (r !== 0n) return { r, kInverse: scalars.invert(k) };
  }
}

/**
 * Signs on P-256, and uses the nonce up.
 * @param privateKey 1 to n − 1
 * @param digest of the message; of a longer one than 32 bytes the first 32 count
 * @param nonce of `prepareEcdsaNonce()`, not used before
 * @returns DER, 8 to 72 bytes
 * @throws CryptoError if the nonce was used, or if the signature came out as 0
 */
export function signEcdsa(privateKey: bigint, digest: Uint8Array, nonce: EcdsaNonce): Uint8Array {
  const { scalars } = curveOf('P-256');
  const { r, kInverse } = nonce;
  nonce.kInverse = 0n;
  if (kInverse === 0n) throw new CryptoError('ECDSA nonce: expected a fresh one');
  const s = scalars.multiply(kInverse, scalars.multiply(r, privateKey) + bytesToBigInt(digest.subarray(0, 32)));
  if (s === 0n) throw new CryptoError('ECDSA: s is 0, sign again');
  const encodedR = encodeInteger(r);
  const encodedS = encodeInteger(s);
  const header = Uint8Array.of(SEQUENCE, encodedR.length + encodedS.length);
  return concat(header, encodedR, encodedS);
}

/** A positive INTEGER below 2^256, in DER. */
function encodeInteger(value: bigint): Uint8Array {
  const bytes = bigIntToBytes(value, 33);
  let start = 0;
  while (bytes[start] === 0 && bytes[start + 1] < 128) start++;
  return concat(Uint8Array.of(INTEGER, 33 - start), bytes.subarray(start));
}
