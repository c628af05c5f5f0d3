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
    this.doubleAndAdd(times, 0n, 0n);
  }

  /** Adds the affine point (x2, y2/2); equal and opposite points and infinity are handled. */
  add(x2: bigint, y2: bigint): void {
    this.doubleAndAdd(0, x2, y2);
  }

  /** Multiplies this point by 2^times, then adds the affine point (x2, y2/2) unless y2 is 0. */
  doubleAndAdd(times: number, x2: bigint, y2: bigint): void {
    const { field } = this;
    const { mask, factor, next, shift } = field;
    let { x, y, z } = this;
    if (z === 0n) {
      if (y2 !== 0n) this.set(x2, y2, field.one);
      return;
    }
    let t: bigint;
    for (let left = times; left > 0; left--) {
      t = z * z;
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
    if (y2 === 0n) return this.set(x, y, z);
    t = z * z;
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
  const { mask, factor, next, shift, one } = field;
  const count = points.length;
  // Products of the first Z, of the first two and so on; then, from the last back, each Z is replaced by its inverse.
  const products = [];
  let product = one;
  let t: bigint;
  for (let i = 2; i < count; i += 3) {
    products.push(product);
    t = product * points[i];
    product = (t + (((t & mask) * factor) & mask) * next) >> shift;
  }
  let inverse = field.enter(field.invert(field.leave(product)));
  for (let i = count - 1; i > 0; i -= 3) {
    const z = points[i];
    t = inverse * (products.pop() as bigint);
    points[i] = (t + (((t & mask) * factor) & mask) * next) >> shift;
    t = inverse * z;
    inverse = (t + (((t & mask) * factor) & mask) * next) >> shift;
  }
  yield;
  const coordinates: bigint[] = [];
  for (let i = 0; i < count; i += 3) {
    const z = points[i + 2];
    t = z * z;
    const square = (t + (((t & mask) * factor) & mask) * next) >> shift;
    t = points[i] * square;
    coordinates.push((t + (((t & mask) * factor) & mask) * next) >> shift);
    t = square * z;
    t = points[i + 1] * ((t + (((t & mask) * factor) & mask) * next) >> shift);
    coordinates.push((t + (((t & mask) * factor) & mask) * next) >> shift);
  }
  points.length = 0;
  return coordinates;
}
