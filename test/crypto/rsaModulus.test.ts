import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesToBigInt } from '../../src/bytes/bigint.ts';
import { power, RsaModulus } from '../../src/crypto/rsaModulus.ts';
import { finish } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

function randomBits(random: SeededRandom, bits: number): bigint {
  return bytesToBigInt(random.bytes(Math.ceil(bits / 8))) & ((1n << BigInt(bits)) - 1n);
}

/** Moduli of exactly so many bits: at both ends of the range, with long runs of ones and zeros, and random ones. */
function moduli(bits: number, random: SeededRandom, count: number): bigint[] {
  const top = 1n << BigInt(bits - 1);
  const end = 2n * top;
  const values = [top, top + 1n, top + 12345n, end - 1n, end - 3n, end - 12345n, top + (top >> 1n), top | (top >> 1n)];
  for (const shift of [2, 31, 32, 33, bits >> 2, bits >> 1].map(BigInt)) {
    values.push(
      top + (top >> shift),
      top + (top >> shift) - 1n,
      end - (end >> (shift + 1n)),
      end - (end >> (shift + 1n)) - 1n,
    );
  }
  while (values.length < count) values.push(top | randomBits(random, bits));
  return values;
}

/** What stresses a quotient: multiples of N and their neighbours, and the ends of the range. */
function numbers(n: bigint, bits: number, random: SeededRandom): bigint[] {
  const limit = 8n << BigInt(2 * bits);
  const values = [
    0n,
    1n,
    n - 1n,
    n,
    n + 1n,
    n * n,
    (n - 1n) * (n - 1n),
    (n + 1n) * (n + 1n),
    limit - 1n,
    limit - (limit % n) - 1n,
  ];
  for (let i = 0; i < 6; i++) {
    const multiple = n * randomBits(random, bits + 2);
    values.push(multiple, multiple + 1n, multiple + n - 1n, randomBits(random, 2 * bits));
  }
  return values;
}

function checkReduction(bits: number, count: number): void {
  const random = new SeededRandom(bits);
  for (const n of moduli(bits, random, count)) {
    const modulus = new RsaModulus(n, bits);
    for (const value of numbers(n, bits, random)) {
      const residue = modulus.reduce(value);
      assert.ok(residue >= 0n && residue <= n + (n >> 16n), `${value} modulo ${n} leaves ${residue}`);
      assert.equal(modulus.exact(residue), value % n, `${value} modulo ${n}`);
    }
  }
}

test('1,000 moduli of 1024 bits leave the right residues', () => checkReduction(1024, 1000));

test('400 moduli of 2048 bits leave the right residues', () => checkReduction(2048, 400));

test('moduli of other sizes leave the right residues, whether or not they fill whole words', () => {
  for (const bits of [128, 129, 1023, 1025, 1536, 2049, 2056, 3071, 3072, 4095, 4096]) checkReduction(bits, 60);
});

test('powers are right for short and long exponents, and for runs of zeros and ones', () => {
  const random = new SeededRandom(65_537);
  const n = moduli(256, random, 40)[39];
  const modulus = new RsaModulus(n, 256);
  const exponents = [
    1n,
    2n,
    3n,
    16n,
    17n,
    65_537n,
    2n ** 31n - 1n,
    2n ** 64n,
    2n ** 200n - 1n,
    2n ** 200n,
    2n ** 200n + 1n,
  ];
  for (let bits = 60; bits < 90; bits++) exponents.push(randomBits(random, bits) | 1n);
  for (const exponent of exponents) {
    const base = randomBits(random, 256) % n;
    let expected = 1n;
    for (const digit of exponent.toString(2)) expected = (expected * expected * (digit === '1' ? base : 1n)) % n;
    assert.equal(finish(power(modulus, base, exponent)), expected, `exponent ${exponent}`);
  }
  assert.equal(finish(power(modulus, 0n, 65_537)), 0n);
  assert.equal(finish(power(modulus, n - 1n, 65_537)), n - 1n);
});

test('a slice computes at most 64 products of 1024 bits', () => {
  const bits = 1024;
  const modulus = new RsaModulus((1n << 1024n) - 105n, bits);
  const steps = power(modulus, 3n, (1n << 1023n) + 1n);
  let slices = 1;
  while (steps.next().done !== true) slices += 1;
  assert.ok(slices >= 1024 / 64, `${slices} slices`);
});

test(
  'the engine computes reductions and powers, at the edges of 2^2047 and 2^2048 and at random',
  needsEngine,
  async () => {
    const random = new SeededRandom(13);
    for (const bits of [1024, 2048, 3072]) {
      const all = moduli(bits, random, 60);
      const bases = all.map((n) => randomBits(random, bits) % n);
      const lines = await runOnEngine(`
      import { power, RsaModulus } from 'src/crypto/rsaModulus.ts';
      import { finish } from 'src/steps.ts';
      declare function print(text: string): void;
      const moduli = [${all.map((n) => `'0x${n.toString(16)}'`).join()}];
      const bases = [${bases.map((n) => `'0x${n.toString(16)}'`).join()}];
      for (let i = 0; i < moduli.length; i++) {
        const modulus = new RsaModulus(BigInt(moduli[i]), ${bits});
        const base = BigInt(bases[i]);
        print(finish(power(modulus, base, 17)).toString(16) + ' ' + modulus.exact(modulus.reduce(base * base)).toString(16));
      }`);
      all.forEach((n, i) => {
        const base = bases[i];
        let expected = base;
        for (let k = 0; k < 4; k++) expected = (expected * expected) % n;
        assert.equal(
          lines[i],
          `${((expected * base) % n).toString(16)} ${((base * base) % n).toString(16)}`,
          n.toString(16),
        );
      });
    }
  },
);
