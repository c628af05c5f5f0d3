/**
 * SHA-384 and SHA-512 (FIPS 180-4), small rather than fast: few CAs sign with them. They differ in their initial
 * value and in the length of the result. @noble/hashes takes eight times the program and 250 ms for a block of 128 bytes on the
 * board, this 75. Words are BigInts; bits above the 64th are masked after a sum.
 */
import type { Steps } from '../steps.ts';

const MASK = 0xffffffffffffffffn;

/** The 48 or 64 bytes of the digest, in slices of a block of 128 bytes. */
export function* sha512Steps(name: 'SHA-384' | 'SHA-512', data: Uint8Array): Steps<Uint8Array> {
  const isShort = name === 'SHA-384';
  const state: bigint[] = [];
  const constants: bigint[] = [];
  for (let n = 2; constants.length < 80; n++) {
    if (!isPrime(n)) continue;
    // H(0) comes from the square roots of eight primes: for SHA-384 the ninth to the sixteenth (section 5.3.4), for SHA-512 the
    // first eight (section 5.3.5).
    if (constants.length < 16 && constants.length >= 8 === isShort) state.push(rootFraction(n, 2));
    // K comes from the cube roots of the first eighty primes (section 4.2.3).
    constants.push(rootFraction(n, 3));
  }
  yield;
  const padded = new Uint8Array((data.length + 144) & ~127);
  padded.set(data);
  padded[data.length] = 0x80;
  // The bytes are reversed as a whole, which makes native integers of the words.
  const message = new BigUint64Array(padded.reverse().buffer);
  message[0] = BigInt(8 * data.length);
  const schedule: bigint[] = [];
  for (let end = message.length; end > 0; end -= 16) {
    compress(state, message.subarray(end - 16, end), constants, schedule);
    yield;
  }
  return new Uint8Array(BigUint64Array.from(state.slice(0, isShort ? 6 : 8).reverse()).buffer).reverse();
}

/** Section 6.4.2. @param block 16 words, the last one first @param w overwritten with the message schedule */
function compress(state: bigint[], block: BigUint64Array, constants: bigint[], w: bigint[]): void {
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 80; t++) {
    if (t < 16) w[t] = block[15 - t];
    else {
      const w2 = w[t - 2];
      const w15 = w[t - 15];
      w[t] = (sigma(w2, 19n, 61n, w2 >> 6n) + w[t - 7] + sigma(w15, 1n, 8n, w15 >> 7n) + w[t - 16]) & MASK;
    }
    const t1 = h + sigma(e, 14n, 18n, (e >> 41n) ^ (e << 23n)) + (((f ^ g) & e) ^ g) + constants[t] + w[t];
    h = g;
    g = f;
    f = e;
    e = (d + t1) & MASK;
    const t2 = sigma(a, 28n, 34n, (a >> 39n) ^ (a << 25n)) + (((a ^ b) & (b ^ c)) ^ b);
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) & MASK;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = (state[i] + word) & MASK));
}

/** XORs `word` rotated right by `first`, `word` rotated right by `second`, and `third`. Bits above the 64th are rubbish. */
function sigma(word: bigint, first: bigint, second: bigint, third: bigint): bigint {
  const twice = (word << 64n) | word;
  return (twice >> first) ^ (twice >> second) ^ third;
}

/** The first 64 bits of the fractional part of the square or cube root: a Newton step from a floating-point one. */
function rootFraction(n: number, degree: 2 | 3): bigint {
  const exponent = BigInt(degree);
  const root = BigInt(Math.floor(n ** (1 / degree) * 2 ** 45)) << 19n;
  const missing = (BigInt(n) << (64n * exponent)) - root ** exponent;
  const slope = exponent * root ** (exponent - 1n);
  return (root + BigInt(Math.floor(Number(missing) / Number(slope)))) & MASK;
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}
