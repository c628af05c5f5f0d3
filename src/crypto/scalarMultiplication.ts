/**
 * Sums of multiples of points. Each scalar is written as signed digits, at most one for each power of two; a digit selects an
 * odd multiple of the point from a table. All terms of a sum share their doublings (Straus).
 *
 * Multiples of P-256's G take a comb (comb.ts): 43 doublings. So do multiples of points that `prepareMultiples()` was
 * given. All other points take width-5 NAF (Solinas, 1997): a table of 8 points, 256 doublings. A caller that multiplies
 * G more than once passes the same `Combs`, so that its table is read once.
 *
 * Neither the time taken nor the memory touched is the same for every scalar.
 */
import { combDigits, combOf, type Combs, prepareMultiples } from './comb.ts';
import { SPACING } from './combTable.ts';
import type { Curve } from './curve.ts';
import { CryptoError } from './errors.ts';
import { type AffinePoint, JacobianPoint, toAffine } from './jacobian.ts';
import type { Modulus } from './modulus.ts';
import type { Steps } from '../steps.ts';

/** Doublings and additions in one slice, times the bytes of a coordinate: about 0.1 s. */
const SLICE = 1536;

/**
 * @param terms scalars from 0 to n, and the points that they multiply
 * @param combs tables at hand; that of P-256's G is added when it is wanted and missing
 * @returns scalar·point + scalar·point …
 */
export function* sumOfMultiples(
  curve: Curve,
  terms: readonly [bigint, AffinePoint][],
  combs: Combs = [],
): Steps<JacobianPoint> {
  const { field, base } = curve;
  const onP256 = field.length === 32;
  if (onP256 && terms.some(([, point]) => point === base)) yield* prepareMultiples(curve, base, combs);
  const count = terms.length;
  // Without a table, as in ECDH, the code of combs need not be in memory.
  const known = terms.map(([, point]) => (onP256 && combs.length > 0 ? combOf(combs, point) : undefined));
  const rows = known.includes(undefined) ? 8 * field.length + 1 : SPACING;
  // The digit of term i for 2^row is at row·count + i. A digit is 0 or odd; d takes the |d|-fold point of its table.
  const digits = new Int8Array(rows * count);
  const tables: bigint[][] = [];
  for (let i = 0; i < count; i++) {
    const [scalar, point] = terms[i];
    const comb = known[i];
    if (comb !== undefined) {
      tables.push(comb);
      combDigits(scalar, curve.scalars.value, digits, i, count);
    } else {
      tables.push(yield* oddMultiples(field, point));
      nafDigits(scalar, digits, i, count);
    }
  }
  yield;
  const result = new JacobianPoint(field);
  const slice = SLICE / field.length;
  let doublings = 0;
  let work = 0;
  let term = count;
  for (let at = digits.length - 1; at >= 0; at--) {
    term = term - 1;
    const digit = digits[at];
    if (digit !== 0) {
      const table = tables[term];
      if (digit > 0) result.doubleAndAdd(doublings, table[digit - 1], table[digit]);
      else result.doubleAndAdd(doublings, table[~digit], -table[-digit]);
      work = work + doublings + 1;
      doublings = 0;
      if (work > slice) {
        work = 0;
        yield;
      }
    }
    if (term === 0) {
      term = count;
      doublings = doublings + 1;
    }
  }
  result.double(doublings - 1);
  // The table is emptied, because its numbers would stay in memory until the next collection.
  tables.forEach((table, i) => {
    if (known[i] === undefined) table.length = 0;
  });
  return result;
}

/** scalar·point. @param scalar from 1 to n − 1 @throws CryptoError if that is infinity, as it is for 0 and n */
export function* multiple(curve: Curve, scalar: bigint, point: AffinePoint, combs?: Combs): Steps<AffinePoint> {
  const { x, y, z } = yield* sumOfMultiples(curve, [[scalar, point]], combs);
  if (z === 0n) throw new CryptoError('expected a point, got infinity');
  const [affineX, doubleY] = yield* toAffine(curve.field, [x, y, z]);
  return [affineX, doubleY];
}

/** Width-5 NAF: of five digits in a row at most one is not 0, and that one is between −15 and 15. */
function nafDigits(scalar: bigint, digits: Int8Array, start: number, step: number): void {
  let rest = scalar;
  for (let at = start; rest !== 0n;) {
    const low = Number(rest & 31n);
    if ((low & 1) === 0) {
      rest = rest >> 1n;
      at = at + step;
    } else {
      rest = rest >> 5n;
      if (low > 15) rest = rest + 1n;
      digits[at] = low > 15 ? low - 32 : low;
      at = at + 5 * step;
    }
  }
}

/** A point times 1, 3, 5 to 15: x and 2y of each. */
function* oddMultiples(field: Modulus, [x, y]: AffinePoint): Steps<bigint[]> {
  // On the isomorphic curve where 2P has Z = 1 both points are affine, so mixed addition applies there.
  const point = new JacobianPoint(field);
  point.set(x, y, field.one);
  point.double(1);
  const { x: twiceX, y: twiceY, z } = point;
  const square = field.reduce(z * z);
  point.set(field.reduce(x * square), field.reduce(y * field.reduce(square * z)), field.one);
  const multiples = [x, y, field.one];
  for (let i = 1; i < 8; i++) {
    point.add(twiceX, twiceY);
    multiples.push(point.x, point.y, field.reduce(point.z * z));
  }
  return yield* toAffine(field, multiples);
}
