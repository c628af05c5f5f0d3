/** RSA with numbers of four digits, which show by hand what a signature is. The primes are 53 and 61, as in textbooks. */

/** 53 · 61. It is a part of both keys. */
export const MODULUS = 3233;
/** The exponent with which anybody checks a signature. */
export const PUBLIC_EXPONENT = 17;
/** The exponent with which the owner signs: 17 · 2753 is 1 modulo 52 · 60. */
export const PRIVATE_EXPONENT = 2753;

/** base^exponent modulo MODULUS, by squaring. */
export function power(base: number, exponent: number): number {
  let result = 1;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % MODULUS;
    if (bit === '1') result = (result * base) % MODULUS;
  }
  return result;
}
