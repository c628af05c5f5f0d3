/**
 * Sums of multiples of points. A multiple is written as signed digits, one for each power of two at most, and odd
 * multiples of its point that those digits choose from; all multiples of a sum share their doublings (Straus).
 *
 * Multiples of P-256's G take a comb (Lim and Lee, CRYPTO '94), whose table is computed once and which asks for 43
 * doublings only; those of other points take width-5 NAF (Solinas, 1997), with a table of 8 points.
 *
 * Neither the time taken nor the memory touched is the same for every scalar.
 */
import type { Curve } from './curve.ts';
import { JacobianPoint, toAffine } from './jacobian.ts';
import type { Steps } from '../steps.ts';

/** Teeth of the comb: its table has 2^(TEETH − 1) points. */
const TEETH = 6;
/** Bits from one tooth to the next; TEETH·SPACING is at least 257. */
const SPACING = 43;
/** Doublings and additions in one slice: a good 0.1 s on P-256, 0.2 s on P-384. */
const SLICE = 64;

interface Multiple {
  /** Digit i counts 2^i times; each is odd or 0. */
  digits: Int8Array;
  /** The point times 1, 3, 5 …: x and 2y of each; a digit d chooses the one at |d| >> 1. */
  points: bigint[];
}

/**
 * @param terms scalars from 0 to n, and the points, with Z = 1, that they multiply
 * @returns scalar·point + scalar·point …
 */
export function* sumOfMultiples(curve: Curve, terms: [bigint, JacobianPoint][]): Steps<JacobianPoint> {
  const multiples: Multiple[] = [];
  for (const [scalar, point] of terms) {
    const useComb = point === curve.base && curve.field.length === 32;
    multiples.push(yield* useComb ? combMultiple(curve, scalar) : nafMultiple(curve, scalar, point));
  }
  const result = new JacobianPoint(curve.field);
  let doublings = 0;
  let work = 0;
  for (let i = 8 * curve.field.length; i >= 0; i--) {
    doublings = doublings + 1;
    // No `for … of`: its iterator litters the heap with objects that BigInts then have to find their way around.
    for (let j = 0; j < multiples.length; j++) {
      // undefined above the highest digit
      const digit = multiples[j].digits[i];
      if (digit) {
        const { points } = multiples[j];
        result.double(doublings);
        work = work + doublings + 1;
        doublings = 0;
        const at = digit < 0 ? ~digit : digit - 1;
        result.add(points[at], digit < 0 ? -points[at + 1] : points[at + 1]);
      }
    }
    if (work > SLICE) {
      work = 0;
      yield;
    }
  }
  result.double(doublings);
  return result;
}

function* nafMultiple(curve: Curve, scalar: bigint, point: JacobianPoint): Steps<Multiple> {
  const { field } = curve;
  const digits = new Int8Array(8 * field.length + 1);
  let rest = scalar;
  for (let i = 0; rest !== 0n; ) {
    const low = Number(rest & 31n);
    if ((low & 1) === 0) {
      rest = rest >> 1n;
      i = i + 1;
    } else {
      rest = rest >> 5n;
      if (low > 15) rest = rest + 1n;
      digits[i] = low > 15 ? low - 32 : low;
      i = i + 5;
    }
  }
  // Where the Z of 2·point counts as 1, on a curve with another b, both it and the point are affine.
  const twice = point.copy();
  twice.double(1);
  const { x, y, z } = twice;
  const square = field.reduce(z * z);
  const odd = new JacobianPoint(
    field,
    field.reduce(point.x * square),
    field.reduce(point.y * field.reduce(square * z)),
    field.one,
  );
  const multiples = [point];
  for (let i = 1; i < 8; i++) {
    odd.add(x, y);
    multiples.push(new JacobianPoint(field, odd.x, odd.y, field.reduce(odd.z * z)));
  }
  yield;
  return { digits, points: yield* toAffine(field, multiples) };
}

function* combMultiple(curve: Curve, scalar: bigint): Steps<Multiple> {
  const points = (curve.comb ??= yield* combTable(curve));
  // With an odd number below 2^258, n added if need be, every bit can stand for 1 or −1: for twice itself less 1.
  const odd = (scalar & 1n) === 0n ? scalar + curve.scalars.value : scalar;
  let signs = (odd + (1n << BigInt(TEETH * SPACING))) >> 1n;
  // `column` keeps the lowest bit of each tooth, and times `gather` has them side by side in one place.
  let column = 0n;
  let gather = 0n;
  const place = BigInt((TEETH - 1) * SPACING);
  for (let tooth = 0; tooth < TEETH; tooth++) {
    column += 1n << BigInt(tooth * SPACING);
    gather += 1n << (place - BigInt(tooth * (SPACING - 1)));
  }
  const digits = new Int8Array(SPACING);
  const top = (1n << BigInt(TEETH)) - 1n;
  for (let i = 0; i < SPACING; i++) {
    digits[i] = 2 * Number((((signs & column) * gather) >> place) & top) - Number(top);
    signs = signs >> 1n;
  }
  return { digits, points };
}

/** Sums of 2^(SPACING·i)·G, the highest taken as positive and each other as positive or negative. */
function* combTable(curve: Curve): Steps<bigint[]> {
  const { field, base } = curve;
  const teeth = [base];
  for (let i = 1; i < TEETH; i++) {
    teeth.push(teeth[i - 1].copy());
    teeth[i].double(SPACING);
    yield;
  }
  const affine = yield* toAffine(field, teeth);
  let points = [teeth[TEETH - 1]];
  for (let i = 2 * TEETH - 4; i >= 0; i -= 2) {
    const both = [];
    for (const point of points) {
      const less = point.copy();
      less.add(affine[i], -affine[i + 1]);
      point.add(affine[i], affine[i + 1]);
      both.push(less, point);
    }
    points = both;
    yield;
  }
  return yield* toAffine(field, points);
}
