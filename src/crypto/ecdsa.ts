/**
 * ECDSA (FIPS 186-5, section 6): signatures on P-256 in two parts, the longer of which needs no message, and
 * verification on P-256 and P-384. Signatures are ECDSA-Sig-Value in DER (RFC 3279, section 2.2.3).
 */
import { concat } from '../bytes/encoding.ts';
import { DecodeError } from '../bytes/errors.ts';
import { Reader } from '../bytes/reader.ts';
import { bigIntToBytes, bytesToBigInt } from '../bytes/bigint.ts';
import { curveOf, type EcCurve } from './curve.ts';
import { CryptoError } from './errors.ts';
import type { AffinePoint } from './jacobian.ts';
import type { Random } from './random.ts';
import { type Combs, multiple, prepareMultiples, sumOfMultiples } from './scalarMultiplication.ts';
import type { Steps } from '../steps.ts';

export type { EcCurve } from './curve.ts';
export type { Combs } from './scalarMultiplication.ts';

/** Values that a signature derives from its secret number k. Two signatures with the same k reveal the private key. */
export interface EcdsaNonce {
  /** x of k·G, modulo n. */
  r: bigint;
  /** 1/k modulo n; 0 once it is used. */
  kInverse: bigint;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

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
  const s = scalars.multiply(kInverse, scalars.multiply(r, privateKey) + leftmost(digest, 32));
  if (s === 0n) throw new CryptoError('ECDSA: s is 0, sign again');
  const encodedR = encodeInteger(r);
  const encodedS = encodeInteger(s);
  const header = Uint8Array.of(SEQUENCE, encodedR.length + encodedS.length);
  return concat(header, encodedR, encodedS);
}

/**
 * Makes verifications that get these combs and this key twice as fast.
 * @param publicKey uncompressed point on P-256, 65 bytes
 * @throws CryptoError if it is not a point of the curve
 */
export function* prepareVerification(publicKey: Uint8Array, combs: Combs): Steps<void> {
  const curve = curveOf('P-256');
  yield* prepareMultiples(curve, curve.decode(publicKey), combs);
}

/**
 * @param publicKey uncompressed point, 65 or 97 bytes
 * @param digest of the message; if it is longer than n, its first bytes count
 * @param signature in strict DER; s may lie in either half
 * @param combs of points on P-256; that of G is added
 * @throws CryptoError if the key is not a point of the curve
 */
export function* verifyEcdsa(
  curve: EcCurve,
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
  combs?: Combs,
): Steps<boolean> {
  const parameters = curveOf(curve);
  const { field, scalars, base } = parameters;
  const { value: n, length } = scalars;
  const key = parameters.decode(publicKey);
  const pair = decodeSignature(signature);
  if (pair === null) return false;
  const [r, s] = pair;
  if (r === 0n || r >= n || s === 0n || s >= n) return false;
  const inverse = scalars.invert(s);
  const u1 = scalars.multiply(inverse, leftmost(digest, length));
  const u2 = scalars.multiply(inverse, r);
  const terms: [bigint, AffinePoint][] = [
    [u1, base],
    [u2, key],
  ];
  const { x, z } = yield* sumOfMultiples(parameters, terms, combs);
  if (z === 0n) return false;
  // The signature is right if x/z² modulo p is r or r + n, that is, if x is r·z² or (r + n)·z².
  const square = field.reduce(z * z);
  const expected = field.leave(x);
  return field.leave(r * square) === expected || (r + n < field.value && field.leave((r + n) * square) === expected);
}

/** The number that the first `length` bytes stand for. */
function leftmost(digest: Uint8Array, length: number): bigint {
  return bytesToBigInt(digest.subarray(0, length));
}

/** r and s; null if the bytes are no ECDSA-Sig-Value. */
function decodeSignature(der: Uint8Array): [bigint, bigint] | null {
  try {
    const reader = new Reader(der, 'ECDSA-Sig-Value');
    if (reader.u8() !== SEQUENCE) return null;
    const pair = reader.vector8('SEQUENCE');
    reader.end();
    const r = decodeInteger(pair);
    const s = decodeInteger(pair);
    pair.end();
    return [r, s];
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

/**
 * Reads a DER INTEGER. It takes a length byte from 128 on at its value, although DER writes such lengths otherwise, and an
 * empty integer for 0: the caller refuses both, since neither is from 1 to n − 1.
 * @throws DecodeError for another tag, a negative number, and one that is not in its shortest form
 */
function decodeInteger(reader: Reader): bigint {
  const tag = reader.u8();
  const bytes = reader.vector8('INTEGER').rest();
  const padded = bytes.length > 1 && bytes[0] === 0;
  if (tag !== INTEGER || bytes[0] > 127 || (padded && bytes[1] < 128)) {
    throw new DecodeError('expected a positive INTEGER');
  }
  return bytesToBigInt(bytes);
}

/** A positive INTEGER below 2^256, in DER. */
function encodeInteger(value: bigint): Uint8Array {
  const bytes = bigIntToBytes(value, 33);
  let start = 0;
  while (bytes[start] === 0 && bytes[start + 1] < 128) start++;
  return concat(Uint8Array.of(INTEGER, 33 - start), bytes.subarray(start));
}
