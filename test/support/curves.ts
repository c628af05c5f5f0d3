/** The common parts of tests of elliptic curves: parameters, numbers that stress arithmetic, noble's points as reference. */
import { p256, p384 } from '@noble/curves/nist.js';
import { bytesToBigInt } from '../../src/bytes/bigint.ts';
import type { EcCurve } from '../../src/crypto/curve.ts';
import type { SeededRandom } from './random.ts';

export const CURVES: readonly EcCurve[] = ['P-256', 'P-384'];

export const noble = { 'P-256': p256, 'P-384': p384 } as const;

/** The four moduli: p and n of both curves. */
export const MODULI = CURVES.flatMap((name) => {
  const { p, n } = noble[name].Point.CURVE();
  const length = name === 'P-256' ? 32 : 48;
  return [
    { title: `p of ${name}`, value: p, length },
    { title: `n of ${name}`, value: n, length },
  ];
});

export function randomBelow(random: SeededRandom, limit: bigint): bigint {
  return bytesToBigInt(random.bytes(limit.toString(16).length / 2 + 8)) % limit;
}

/** Numbers from 1 to limit − 1 with long runs of zeros and ones, at both ends and around every power of two. */
export function patterns(limit: bigint): bigint[] {
  const values = new Set<bigint>();
  for (let i = 0n; i < 6n; i++) values.add(i).add(limit - i);
  for (let bit = 1n; 1n << bit < limit; bit++) {
    for (const near of [-1n, 0n, 1n]) {
      const value = (1n << bit) + near;
      values
        .add(value)
        .add(limit - value)
        .add(limit / value);
    }
  }
  return [...values].filter((value) => value > 0n && value < limit);
}

/** Which multiple of G an affine point is, as noble sees it: uncompressed in hexadecimal; null for infinity. */
export function multipleOfBase(name: EcCurve, scalar: bigint): string | null {
  const { Point } = noble[name];
  const reduced = Point.Fn.create(scalar);
  return reduced === 0n ? null : Point.BASE.multiplyUnsafe(reduced).toHex(false);
}
