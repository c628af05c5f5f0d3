/**
 * The curves P-256 and P-384 (SP 800-186, section 3.2.1): y² = x³ − 3x + b over a prime field, of prime order n, so that
 * every point on one but infinity is of order n.
 */
import { bigIntToBytes, bytesToBigInt } from '../bytes/bigint.ts';
import { CryptoError } from './errors.ts';
import type { AffinePoint } from './jacobian.ts';
import { Modulus } from './modulus.ts';
import type { Random } from './random.ts';

export type EcCurve = 'P-256' | 'P-384';

export class Curve {
  /** Modulo p, for coordinates. */
  readonly field: Modulus;
  /** Modulo n, for scalars. */
  readonly scalars: Modulus;
  /** G. */
  readonly base: AffinePoint;
  /** Residue. */
  private readonly b: bigint;

  /** @param length bytes of p, and of n */
  constructor(length: number, p: bigint, n: bigint, b: bigint, x: bigint, y: bigint) {
    this.field = new Modulus(p, length);
    this.scalars = new Modulus(n, length);
    this.b = this.field.enter(b);
    this.base = this.point(x, y);
  }

  /** A uniformly random number from 1 to n − 1 (FIPS 186-5, appendix A.2.2). */
  randomScalar(random: Random): bigint {
    const { length, value } = this.scalars;
    for (;;) {
      const scalar = bytesToBigInt(random(length)) + 1n;
      if (scalar < value) return scalar;
    }
  }

  /**
   * Reads an uncompressed point (SEC 1, section 2.3.4) and validates it (SP 800-56A, section 5.6.2.3.3); with a
   * cofactor of 1 there is no subgroup to check for.
   * @throws CryptoError for another number of bytes, another first byte, and a point that is not on the curve
   */
  decode(bytes: Uint8Array): AffinePoint {
    const { field, b } = this;
    const { length, value } = field;
    if (bytes.length !== 2 * length + 1 || bytes[0] !== 4) {
      throw new CryptoError(`expected a point of ${2 * length + 1} B, 04 first, got ${bytes[0]} and ${bytes.length} B`);
    }
    const x = bytesToBigInt(bytes.subarray(1, length + 1));
    const y = bytesToBigInt(bytes.subarray(length + 1));
    const point = this.point(x, y);
    const [residue, doubleY] = point;
    const slope = field.reduce(residue * residue) - 3n * field.one;
    const difference = field.reduce(doubleY * doubleY) - 4n * (field.reduce(residue * slope) + b);
    if (x >= value || y >= value || field.leave(difference) !== 0n) throw new CryptoError('point is not on the curve');
    return point;
  }

  /** The uncompressed form. */
  encode([x, doubleY]: AffinePoint): Uint8Array {
    const { field } = this;
    const { length, value } = field;
    const even = field.leave(doubleY);
    const bytes = new Uint8Array(2 * length + 1);
    bytes[0] = 4;
    bytes.set(bigIntToBytes(field.leave(x), length), 1);
    bytes.set(bigIntToBytes(((even & 1n) === 0n ? even : even + value) >> 1n, length), length + 1);
    return bytes;
  }

  private point(x: bigint, y: bigint): AffinePoint {
    return [this.field.enter(x), this.field.enter(2n * y)];
  }
}

let p256: Curve | null = null;
let p384: Curve | null = null;

/** The curve of that name; it is set up, in some 10 ms, when it is first asked for. */
export function curveOf(name: EcCurve): Curve {
  if (name === 'P-256') {
    return (p256 ??= new Curve(
      32,
      (1n << 256n) - (1n << 224n) + (1n << 192n) + (1n << 96n) - 1n,
      0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
      0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
      0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
      0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    ));
  }
  return (p384 ??= new Curve(
    48,
    (1n << 384n) - (1n << 128n) - (1n << 96n) + (1n << 32n) - 1n,
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  ));
}
