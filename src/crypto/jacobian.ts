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

export class JacobianPoint {
  private readonly field: Modulus;
  x: bigint;
  /** Twice Y. */
  y: bigint;
  z: bigint;

  constructor(field: Modulus, x = 0n, y = 0n, z = 0n) {
    this.field = field;
    this.x = x;
    this.y = y;
    this.z = z;
  }

  copy(): JacobianPoint {
    return new JacobianPoint(this.field, this.x, this.y, this.z);
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

  /** Adds a point in affine coordinates: whichever two points these are, the sum is right. @param y2 twice its y */
  add(x2: bigint, y2: bigint): void {
    const field = this.field;
    const { mask, factor, next, shift } = field;
    const { x, y, z } = this;
    if (z === 0n) return this.set(x2, y2);
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
        this.set(x2, y2);
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

  /** Becomes a point in affine coordinates. @param y twice its y */
  private set(x: bigint, y: bigint): void {
    this.x = x;
    this.y = y;
    this.z = this.field.one;
  }
}

/**
 * Affine coordinates of many points at the price of one inversion (Montgomery's trick).
 * @param points none of them at infinity
 * @returns x and 2y of the first point, of the second and so on
 */
export function* toAffine(field: Modulus, points: JacobianPoint[]): Steps<bigint[]> {
  const count = points.length;
  // Products of the first Z, of the first two and so on; then, from the last back, each becomes the inverse of its own Z.
  const products = [field.one];
  for (let i = 0; i < count; i++) products.push(field.reduce(products[i] * points[i].z));
  let inverse = field.enter(field.invert(field.leave(products[count])));
  for (let i = count - 1; i >= 0; i--) {
    products[i] = field.reduce(inverse * products[i]);
    inverse = field.reduce(inverse * points[i].z);
  }
  yield;
  const coordinates: bigint[] = [];
  for (let i = 0; i < count; i++) {
    const { x, y } = points[i];
    const square = field.reduce(products[i] * products[i]);
    coordinates.push(field.reduce(x * square), field.reduce(y * field.reduce(square * products[i])));
  }
  return coordinates;
}
