/**
 * Inverses by the extended Euclidean algorithm with Lehmer's shortcut (Knuth, volume 2, section 4.5.2, algorithm L): most
 * of its divisions are made on the leading 27 bits, which are small integers to the engine, and a whole batch of them is
 * then applied to the long numbers in one go. How long it takes depends on the numbers.
 */

/**
 * 1/value mod modulus, from 0 to modulus − 1.
 * @param value from 1 to modulus − 1, with no factor in common with it
 * @param bits length of the modulus
 */
export function invert(value: bigint, modulus: bigint, bits: number): bigint {
  // Always u = x·value and v = y·value (mod modulus), and here u >= v.
  let u = modulus;
  let v = value;
  let x = 0n;
  let y = 1n;
  let shift = bits - 27;
  while (v !== 0n) {
    // The leading bits of u, and those of v at the same height.
    const bigShift = BigInt(shift);
    let high = Number(u >> bigShift);
    if (high < 0x800000 && shift !== 0) {
      shift = Math.max(0, shift + 5 - Math.clz32(high));
      continue;
    }
    let low = Number(v >> bigShift);
    // high = a·u − b·v and low = d·v − c·u, but for the bits below, which add at most a or d and take off less than b or c:
    // while high >= b and low >= c, neither of the long numbers becomes negative, and no more is needed.
    let a = 1;
    let b = 0;
    let c = 0;
    let d = 1;
    for (;;) {
      if (low === 0) break;
      let quotient = high - low < low ? 1 : (high / low) | 0;
      let rest = high - quotient * low;
      let next = b + quotient * d;
      if (rest < next && shift !== 0) break;
      high = rest;
      b = next;
      a = a + quotient * c;
      if (high === 0) break;
      quotient = low - high < high ? 1 : (low / high) | 0;
      rest = low - quotient * high;
      next = c + quotient * a;
      if (rest < next && shift !== 0) break;
      low = rest;
      c = next;
      d = d + quotient * b;
    }
    if (b !== 0) {
      const bigA = BigInt(a);
      const bigB = BigInt(b);
      const bigC = BigInt(c);
      const bigD = BigInt(d);
      let next = u * bigA - v * bigB;
      v = v * bigD - u * bigC;
      u = next;
      next = x * bigA - y * bigB;
      y = y * bigD - x * bigC;
      x = next;
      shift = Math.max(0, shift + 5 - Math.clz32(Math.max(high, low)));
    } else {
      // v is much shorter than u, or the leading bits cannot decide: subtract a multiple of v that is certainly not too big.
      let height = shift;
      while (low === 0) {
        height = Math.max(0, height - 13);
        low = Number(v >> BigInt(height));
      }
      if (height !== 0) low = low + 1;
      const multiple = BigInt(high < low ? 1 : (high / low) | 0) << BigInt(shift - height);
      u = u - v * multiple;
      x = x - y * multiple;
    }
    if (u < v) {
      let swap = u;
      u = v;
      v = swap;
      swap = x;
      x = y;
      y = swap;
    }
  }
  return x < 0n ? x + modulus : x;
}
