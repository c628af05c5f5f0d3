/**
 * Verification of ECDSA signatures on P-256 and P-384 (FIPS 186-5, section 6.4.2), which are ECDSA-Sig-Value in DER
 * (RFC 3279, section 2.2.3).
 */
import { DecodeError } from '../bytes/errors.ts';
import { Reader } from '../bytes/reader.ts';
import { bytesToBigInt } from '../bytes/bigint.ts';
import type { Combs } from './comb.ts';
import { curveOf, type EcCurve } from './curve.ts';
import type { AffinePoint } from './jacobian.ts';
import { sumOfMultiples } from './scalarMultiplication.ts';
import type { Steps } from '../steps.ts';

/** Tags of DER. */
export const SEQUENCE = 0x30;
export const INTEGER = 0x02;

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
