/** RSA with numbers of four digits: what a signature is, done by hand. The primes are 53 and 61, the textbook's. */

/** 53 · 61: part of both keys. */
export const MODULUS = 3233;
/** With it anybody checks. */
export const PUBLIC_EXPONENT = 17;
/** With it the owner signs: 17 · 2753 is 1 modulo 52 · 60. */
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
