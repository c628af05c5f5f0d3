/**
 * Arithmetic modulo a fixed odd number, after Montgomery ("Modular multiplication without trial division", 1985).
 *
 * Residues are kept as a·R mod m with R = 2^(bits + 32). The 32 spare bits make reduction lazy: it takes products and sums
 * of residues as they are, negative ones too, and its results, between 0 and slightly above m, need no conditional
 * subtraction before the next product.
 *
 * R is a whole number of the engine's 32-bit digits, so that the shift is a copy; and m + 1 stands where others have m,
 * because the NIST primes plus one are mostly zero digits, which the engine's multiplication skips.
 */
import { invert } from './invert.ts';

export class Modulus {
  /** m. */
  readonly value: bigint;
  /** Number of bytes that a number below m takes. */
  readonly length: number;
  /** log2(R). */
  readonly shift: bigint;
  /** R − 1. */
  readonly mask: bigint;
  /** −1/m mod R. */
  readonly factor: bigint;
  /** m + 1. */
  readonly next: bigint;
  /** 1 as a residue: R mod m, up to m. */
  readonly one: bigint;
  /** R² mod m, up to m + 2^(bits − 32). */
  private readonly square: bigint;

  /** @param value odd, of exactly 8·`length` bits; `length` a multiple of 4 */
  constructor(value: bigint, length: number) {
    const bits = 8 * length;
    const shift = BigInt(bits + 32);
    const mask = (1n << shift) - 1n;
    // Newton: every round doubles the number of correct low bits, from the one that any odd number has.
    let factor = 1n;
    for (let correct = 1; correct < bits + 32; correct *= 2) factor = (factor * (2n + value * factor)) & mask;
    this.value = value;
    this.length = length;
    this.shift = shift;
    this.mask = mask;
    this.factor = factor;
    this.next = value + 1n;
    // R² is a power of two that five squarings reach from R·2^(digits of R), and doublings that from 2^bits mod m.
    let power = (1n << BigInt(bits)) - value;
    for (let i = 33 + bits / 32; i > 0; i--) {
      power += power;
      if (power >= value) power -= value;
    }
    for (let i = 0; i < 5; i++) power = this.reduce(power * power);
    this.square = power;
    this.one = this.enter(1n);
  }

  /**
   * value/R mod m, for positive and negative values: the one that is at least value/R and less than value/R + m. So it
   * is from 0 to m if value is from −R to R, as residues and small sums of them are; and for a sum of 64 products of
   * residues it is off that by less than m/2^25. Where speed counts, callers write this line out instead.
   */
  reduce(value: bigint): bigint {
    return (value + (((value & this.mask) * this.factor) & this.mask) * this.next) >> this.shift;
  }

  /** The residue of a number from 0 to 2^(bits + 1). */
  enter(value: bigint): bigint {
    return this.reduce(value * this.square);
  }

  /** The number from 0 to m − 1 that a residue, or a small sum of residues, stands for; or the product of one residue and a number. */
  leave(residue: bigint): bigint {
    const value = this.reduce(residue);
    return value < this.value ? value : value - this.value;
  }

  /** a·b mod m for numbers, not residues, from 0 to 2^(bits + 1). */
  multiply(a: bigint, b: bigint): bigint {
    return this.leave(this.enter(a) * b);
  }

  /** 1/value mod m for a number, not a residue, from 1 to m − 1 that has no factor in common with m. */
  invert(value: bigint): bigint {
    return invert(value, this.value, 8 * this.length);
  }
}
