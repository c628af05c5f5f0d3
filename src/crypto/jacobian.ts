/**
 * Points of y² = x³ − 3x + b in Jacobian coordinates: (X, Y, Z) stands for the point (X/Z², Y/Z³), and Z = 0 for the
 * point at infinity. The formulas are dbl-2001-b and madd-2007-bl of the Explicit-Formulas Database, written for
 * y = 2Y, which saves some doublings of numbers.
 *
 * All coordinates are residues of `Modulus`, and everything that takes part in a multiplication below is within a few
 * moduli of zero, so that no sum here comes near what its reduction takes.
 */
import type { Modulus } from './modulus.ts';
import type { Steps } from '../steps.ts';

/** x and twice y of a point other than infinity. */
export type AffinePoint = readonly [bigint, bigint];

export class JacobianPoint {
  private readonly field: Modulus;
  x = 0n;
  /** Twice Y. */
  y = 0n;
  z = 0n;

  /** Infinity. */
  constructor(field: Modulus) {
    this.field = field;
  }

  /** Multiplies this point by 2^times. A point of order two does not exist on a curve of odd order. */
  double(times: number): void {
    const { mask, factor, next, shift } = this.field;
    let { x, y, z } = this;
    if (z === 0n) return;
    for (let left = times; left > 0; left--) {
      let t = z * z;
      const w = (t + (((t & mask) * factor) & mask) * next) >> shift;
      // 3(X − Z²)(X + Z²), where the factor of 3 makes the least work
      t = (x - w) * 3n * (x + w);
      const a = (t + (((t & mask) * factor) & mask) * next) >> shift;
      t = y * z;
      z = (t + (((t & mask) * factor) & mask) * next) >> shift;
      t = y * y;
      const g = (t + (((t & mask) * factor) & mask) * next) >> shift;
      t = x * g;
      const b = (t + (((t & mask) * factor) & mask) * next) >> shift;
      t = a * a - (t << 1n);
      x = (t + (((t & mask) * factor) & mask) * next) >> shift;
      t = ((a * (b - x)) << 1n) - g * g;
      y = (t + (((t & mask) * factor) & mask) * next) >> shift;
    }
    this.x = x;
    this.y = y;
    this.z = z;
  }

  /** Adds the affine point (x2, y2/2): whichever two points these are, the sum is right. */
  add(x2: bigint, y2: bigint): void {
    const field = this.field;
    const { mask, factor, next, shift } = field;
    const { x, y, z } = this;
    if (z === 0n) return this.set(x2, y2, field.one);
    let t = z * z;
    const w = (t + (((t & mask) * factor) & mask) * next) >> shift;
    t = x2 * w;
    const h = ((t + (((t & mask) * factor) & mask) * next) >> shift) - x;
    t = z * w;
    t = ((t + (((t & mask) * factor) & mask) * next) >> shift) * y2;
    const r = ((t + (((t & mask) * factor) & mask) * next) >> shift) - y;
    const h2 = h + h;
    t = z * h2;
    const z3 = (t + (((t & mask) * factor) & mask) * next) >> shift;
    if (z3 === 0n || z3 === field.value) {
      // The same x: the points are equal or opposite.
      if (field.leave(r) === 0n) {
        this.set(x2, y2, field.one);
        this.double(1);
      } else {
        this.z = 0n;
      }
      return;
    }
    t = h2 * h2;
    const i = (t + (((t & mask) * factor) & mask) * next) >> shift;
    const hi = h * i;
    const j = (hi + (((hi & mask) * factor) & mask) * next) >> shift;
    t = x * i;
    const v = (t + (((t & mask) * factor) & mask) * next) >> shift;
    t = r * r - hi - (t << 1n);
    const x3 = (t + (((t & mask) * factor) & mask) * next) >> shift;
    t = (r * (v - x3) - y * j) << 1n;
    this.y = (t + (((t & mask) * factor) & mask) * next) >> shift;
    this.x = x3;
    this.z = z3;
  }

  set(x: bigint, y: bigint, z: bigint): void {
    this.x = x;
    this.y = y;
    this.z = z;
  }
}

/**
 * Affine coordinates of many points at the price of one inversion (Montgomery's trick).
 * @param points X, 2Y and Z of each, none of them infinity; used up
 * @returns x and 2y of each
 */
export function* toAffine(field: Modulus, points: bigint[]): Steps<bigint[]> {
  const count = points.length;
  // Products of the first Z, of the first two and so on; then, from the last back, each becomes the inverse of its own Z.
  const products = [field.one];
  let product = field.one;
  for (let i = 2; i < count; i += 3) {
    product = field.reduce(product * points[i]);
    products.push(product);
  }
  let inverse = field.enter(field.invert(field.leave(product)));
  for (let i = count - 1; i > 0; i -= 3) {
    const z = points[i];
    points[i] = field.reduce(inverse * products[(i - 2) / 3]);
    inverse = field.reduce(inverse * z);
  }
  products.length = 0;
  yield;
  const coordinates: bigint[] = [];
  for (let i = 0; i < count; i += 3) {
    const z = points[i + 2];
    const square = field.reduce(z * z);
    coordinates.push(field.reduce(points[i] * square), field.reduce(points[i + 1] * field.reduce(square * z)));
  }
  points.length = 0;
  return coordinates;
}
