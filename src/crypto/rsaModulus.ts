/**
 * Powers modulo an RSA modulus or one of its primes, without division.
 *
 * A product t of two residues has twice as many bits as N, and loses the excess in three steps. Folding cuts t at a power
 * of two, multiplies the upper part by that power modulo N, and adds it to the lower part: each of two folds halves the excess.
 * Barrett's method (P. Barrett, CRYPTO '86) removes the rest: t − q·N with q = ⌊t·mu⌋ and mu ≈ 1/N. A fold costs one product
 * where Barrett costs two, one for the quotient and one for its multiple; but folds alone never reach N.
 *
 * mu is a little too small, by 32 guard bits: q is never too large, and too small by 1 only where t/N is less than
 * 2^-24 above a whole number. So residues lie from 0 to slightly above N, and only the end result is made exact.
 *
 * Not constant-time: with a private exponent, an observer of the time or the power taken may learn about it. Bases are
 * not blinded.
 */
import type { Steps } from '../steps.ts';

const GUARD_BITS = 32;
/** Bits of a private exponent that share one multiplication. */
const WINDOW = 5;

export class RsaModulus {
  /** N. */
  readonly value: bigint;
  readonly bits: number;
  /** t is folded at 2^first, then at 2^second: (t mod 2^first) + ⌊t / 2^first⌋·(2^first mod N). */
  readonly first: bigint;
  readonly firstMask: bigint;
  readonly firstFold: bigint;
  readonly second: bigint;
  readonly secondMask: bigint;
  readonly secondFold: bigint;
  /** q = ((t >> before)·mu) >> after. */
  readonly mu: bigint;
  readonly before: bigint;
  readonly after: bigint;

  /** @param value N, of exactly `bits` bits, 128 or more. Takes about as long as a product or two. */
  constructor(value: bigint, bits: number) {
    const half = bits >> 1;
    const quarter = bits >> 2;
    const muBits = quarter + GUARD_BITS;
    // Newton's iteration for the reciprocal of N's leading bits, rounded up so that mu is rounded down: from a double,
    // each round doubles the number of correct bits.
    const precision = muBits + GUARD_BITS;
    const shift = BigInt(2 * precision);
    const one = 1n << shift;
    const leading = (value >> BigInt(bits - precision)) + 1n;
    const guess = Math.floor(2 ** 105 / (Number(leading >> BigInt(precision - 53)) + 1));
    let reciprocal = BigInt(guess) << BigInt(precision - 52);
    for (let correct = 48; correct < precision; correct *= 2) {
      reciprocal += (reciprocal * (one - reciprocal * leading)) >> shift;
    }
    const guard = BigInt(GUARD_BITS);
    this.value = value;
    this.bits = bits;
    this.mu = reciprocal >> guard;
    this.before = BigInt(bits - GUARD_BITS);
    this.after = BigInt(muBits + GUARD_BITS);
    this.second = BigInt(bits + quarter);
    const secondPower = 1n << this.second;
    this.secondMask = secondPower - 1n;
    this.secondFold = secondPower - (this.mu >> guard) * value;
    this.first = BigInt(bits + half);
    this.firstMask = (1n << this.first) - 1n;
    this.firstFold = this.barrett(this.secondFold << BigInt(half - quarter));
  }

  /** A residue, maybe slightly above N, of a number from 0 to 8·4^bits. */
  reduce(value: bigint): bigint {
    const once = (value & this.firstMask) + (value >> this.first) * this.firstFold;
    return this.barrett((once & this.secondMask) + (once >> this.second) * this.secondFold);
  }

  /** The number from 0 to N − 1 that a residue stands for. */
  exact(residue: bigint): bigint {
    return residue < this.value ? residue : residue - this.value;
  }

  /** A residue, maybe slightly above N, of a number below 2^(bits + bits / 4 + 6). */
  private barrett(value: bigint): bigint {
    return value - (((value >> this.before) * this.mu) >> this.after) * this.value;
  }
}

/** @param value N, of exactly `bits` bits, 128 or more */
export function createRsaModulus(value: bigint, bits: number): RsaModulus {
  return new RsaModulus(value, bits);
}

/**
 * base^exponent mod N, from 0 to N − 1, by sliding windows (Handbook of Applied Cryptography, algorithm 14.85).
 *
 * A function, not a method: the engine may collect the `this` of a running generator, but not its arguments.
 * @param base a residue
 * @param exponent 1 or more
 */
export function* power(modulus: RsaModulus, base: bigint, exponent: number | bigint): Steps<bigint> {
  const digits = exponent.toString(2);
  const length = digits.length;
  const window = length > 64 ? WINDOW : 1;
  const odd = [base]; // base^1, base^3, base^5 …
  if (window > 1) {
    const square = modulus.reduce(base * base);
    for (let i = 1; i < 1 << (window - 1); i++) odd[i] = modulus.reduce(odd[i - 1] * square);
    yield;
  }
  // reduce() written out, with all it needs in locals, saves a twelfth of the time.
  const { bits, value, first, firstMask, firstFold, second, secondMask, secondFold, mu, before, after } = modulus;
  const slice = Math.floor(2 ** 26 / (bits * bits)); // products of about 100 ms together
  const half = BigInt(bits >> 1);
  const lowHalf = (1n << half) - 1n;
  let count = 0;
  let at = 0;
  let squarings = 0;
  let factor: bigint | null = null;
  let result = 1n;
  let high: bigint, low: bigint;
  for (;;) {
    if (squarings > 0) {
      squarings--;
      // (h·2^half + l)² = h·(h·2^half + 2l)·2^half + l²: the engine multiplies in quadratic time.
      high = result >> half;
      low = result & lowHalf;
      result = ((high * (result + low)) << half) + low * low;
    } else if (factor !== null) {
      result = result * factor;
      factor = null;
    } else if (at < length) {
      let end = at + 1;
      if (digits[at] === '1') {
        end = Math.min(at + window, length);
        while (digits[end - 1] === '0') end--;
        factor = odd[parseInt(digits.slice(at, end), 2) >> 1];
      }
      squarings = end - at;
      at = end;
      continue;
    } else {
      return modulus.exact(result);
    }
    result = (result & firstMask) + (result >> first) * firstFold;
    result = (result & secondMask) + (result >> second) * secondFold;
    result = result - (((result >> before) * mu) >> after) * value;
    count++;
    if (count % slice === 0) yield;
  }
}
