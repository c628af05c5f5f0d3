/** Computes the table of a comb (comb.ts). */
import { type AffinePoint, JacobianPoint, toAffine } from './jacobian.ts';
import type { Modulus } from './modulus.ts';
import type { Steps } from '../steps.ts';

/** Teeth of the comb: its table has 2^(TEETH − 1) points. */
export const TEETH = 6;
/** Bits from one tooth to the next; TEETH·SPACING is at least 257. */
export const SPACING = 43;

/** Sums of 2^(SPACING·i)·P, the highest taken as positive and each other as positive or negative. */
export function* combTable(field: Modulus, [x, y]: AffinePoint): Steps<bigint[]> {
  const point = new JacobianPoint(field);
  point.set(x, y, field.one);
  const teeth = [];
  for (let i = 1; i < TEETH; i++) {
    teeth.push(point.x, point.y, point.z);
    point.double(SPACING);
    yield;
  }
  let sums = [point.x, point.y, point.z];
  const affine = yield* toAffine(field, teeth);
  for (let i = 2 * TEETH - 4; i >= 0; i -= 2) {
    const both: bigint[] = [];
    for (let j = 0; j < sums.length; j += 3) {
      point.set(sums[j], sums[j + 1], sums[j + 2]);
      point.add(affine[i], -affine[i + 1]);
      both.push(point.x, point.y, point.z);
      point.set(sums[j], sums[j + 1], sums[j + 2]);
      point.add(affine[i], affine[i + 1]);
      both.push(point.x, point.y, point.z);
    }
    sums.length = 0;
    sums = both;
    yield;
  }
  return yield* toAffine(field, sums);
}
