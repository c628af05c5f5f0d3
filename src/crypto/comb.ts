/**
 * Combs (Lim and Lee, CRYPTO '94): a table of 32 sums of a point's multiples by powers of two, with which any multiple of
 * that point takes 43 doublings instead of 256. On P-256 only.
 */
import { baseComb } from './baseComb.ts';
import { combTable, SPACING, TEETH } from './combTable.ts';
import { type Curve, curveOf } from './curve.ts';
import type { AffinePoint } from './jacobian.ts';
import type { Steps } from '../steps.ts';

/** The tables of points on P-256 whose multiples are wanted more than once: 32 points each, 3 KB on the board. */
export type Combs = { point: AffinePoint; table: bigint[] }[];

/** Adds the table of a point on P-256 to `combs`, unless it is there. The board computes one in 0.6 s; G's is in the program. */
export function* prepareMultiples({ field, base }: Curve, point: AffinePoint, combs: Combs): Steps<void> {
  if (combOf(combs, point) !== undefined) return;
  combs.push({ point, table: point === base ? baseComb() : yield* combTable(field, point) });
}

/**
 * Makes verifications of ECDSA signatures that get these combs and this key twice as fast.
 * @param publicKey uncompressed point on P-256, 65 bytes
 * @throws CryptoError if it is not a point of the curve
 */
export function* prepareVerification(publicKey: Uint8Array, combs: Combs): Steps<void> {
  const curve = curveOf('P-256');
  yield* prepareMultiples(curve, curve.decode(publicKey), combs);
}

/** The table of a point; undefined if there is none. */
export function combOf(combs: Combs, [x, y]: AffinePoint): bigint[] | undefined {
  const found = combs.find(({ point }) => point[0] === x && point[1] === y);
  return found && found.table;
}

/**
 * Writes the digits of a scalar to `digits`, from `start` on, in every `step`th place. A digit is odd, from −63 to 63. It has
 * one bit for each tooth, and each bit adds or subtracts its power of two.
 */
export function combDigits(scalar: bigint, n: bigint, digits: Int8Array, start: number, step: number): void {
  // An odd number below 2^258 (n is added to an even scalar) can be written with every bit standing for 1 or −1.
  const odd = (scalar & 1n) === 0n ? scalar + n : scalar;
  let signs = (odd + (1n << BigInt(TEETH * SPACING))) >> 1n;
  // `column` masks the lowest bit of each tooth. Multiplying by `gather` brings these bits side by side, from bit `place` on.
  let column = 0n;
  let gather = 0n;
  const place = BigInt((TEETH - 1) * SPACING);
  for (let tooth = 0; tooth < TEETH; tooth++) {
    column += 1n << BigInt(tooth * SPACING);
    gather += 1n << (place - BigInt(tooth * (SPACING - 1)));
  }
  const top = (1n << BigInt(TEETH)) - 1n;
  for (let i = 0; i < SPACING; i++) {
    digits[start + i * step] = 2 * Number((((signs & column) * gather) >> place) & top) - Number(top);
    signs = signs >> 1n;
  }
}
