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

/** Adds the table of a point on P-256 to `combs`, unless it is there. Takes 0.6 s on the board; G's is only read. */
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

/** Digits from −63 to 63, all odd: a tooth each for the bits of the digit, as a sum of positive and negative ones. */
export function combDigits(scalar: bigint, n: bigint, digits: Int8Array, start: number, step: number): void {
  // An odd number below 2^258 (n is added to an even scalar) can be written with every bit standing for 1 or −1.
  const odd = (scalar & 1n) === 0n ? scalar + n : scalar;
  let signs = (odd + (1n << BigInt(TEETH * SPACING))) >> 1n;
  // `column` keeps the lowest bit of each tooth, and times `gather` has them side by side in one place.
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
