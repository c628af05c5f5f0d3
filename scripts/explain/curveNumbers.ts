/** The numbers of the curves (SP 800-186, section 3.2.1), for formulas and pictures; `src/crypto/curve.ts` has them as residues. */
import { curveOf, type EcCurve } from '../../src/crypto/curve.ts';

export interface CurveNumbers {
  prime: bigint;
  /** The b in y² = x³ − 3x + b. */
  b: bigint;
  /** Number of points, O among them. */
  order: bigint;
  /** G: 04, X, Y. */
  base: Uint8Array;
  /** Bytes of a coordinate. */
  length: number;
}

const B: Record<EcCurve, bigint> = {
  'P-256': 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  'P-384': 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
};

export function curveNumbers(curve: EcCurve): CurveNumbers {
  const parameters = curveOf(curve);
  return {
    prime: parameters.field.value,
    b: B[curve],
    order: parameters.scalars.value,
    base: parameters.encode(parameters.base),
    length: parameters.field.length,
  };
}

/** About how many points there are, for texts: `10⁷⁷`. */
export function pointsText(curve: EcCurve): string {
  const digits = String(curveNumbers(curve).order.toString().length - 1);
  return `10${digits.replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])}`;
}
