import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Modulus } from '../../src/crypto/modulus.ts';
import { MODULI, patterns, randomBelow } from '../support/curves.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

/** Values of up to `bits` bits, both signs, that stress a reduction modulo m: multiples of m and of R, runs of bits. */
function values(m: bigint, R: bigint, bits: bigint, random: SeededRandom): bigint[] {
  const found = [0n];
  for (let bit = 1n; bit <= bits; bit += 5n) {
    const power = 1n << bit;
    const multiple = m * randomBelow(random, power);
    found.push(power - 1n, power, multiple, multiple + 1n, multiple - 1n, multiple + m - 1n);
    found.push(R * randomBelow(random, power), R * randomBelow(random, power) - 1n, randomBelow(random, power));
  }
  // The low half all ones or all zeros makes q largest or 0.
  found.push((R - 1n) * m, (R - 1n) * m + 1n, (m - 1n) * (m - 1n), m * m, m * m + R - 1n);
  return found.flatMap((value) => [value, -value]);
}

for (const { title, value: m, length } of MODULI) {
  const bits = BigInt(8 * length);
  const R = 1n << (bits + 32n);
  const modulus = new Modulus(m, length);

  test(`${title}: the result of a reduction stays in its bounds, whatever the value and its sign`, () => {
    const random = new SeededRandom(length);
    for (const value of values(m, R, 2n * bits + 40n, random)) {
      const reduced = modulus.reduce(value);
      assert.ok(reduced * R >= value && (reduced - m) * R < value, `${value} becomes ${reduced}`);
      assert.equal((reduced * R - value) % m, 0n, `${value} becomes ${reduced}`);
    }
  });

  test(`${title}: values within R of zero are reduced to 0 … m`, () => {
    for (const value of [0n, 1n, m - 1n, m, m + 1n, 2n * m, 64n * m, R - 1n]) {
      for (const signed of [value, -value]) {
        const reduced = modulus.reduce(signed);
        assert.ok(reduced >= 0n && reduced <= m, `${signed} becomes ${reduced}`);
      }
    }
  });

  test(`${title}: numbers are converted to residues and back`, () => {
    assert.equal(modulus.one, R % m);
    for (const value of [0n, m, 2n * m, (2n << bits) - 1n, ...patterns(m)]) {
      const residue = modulus.enter(value);
      assert.equal(residue % m, (value * R) % m);
      assert.ok(residue >= 0n && residue < m + (m >> 29n), `${value} becomes ${residue}`);
      assert.equal(modulus.leave(residue), value % m);
    }
    for (const multiple of [-8n, -1n, 0n, 1n, 2n, 64n]) assert.equal(modulus.leave(multiple * m), 0n);
  });

  test(`${title}: products are right`, () => {
    const random = new SeededRandom(length + 1);
    const edges = [0n, 1n, 2n, m - 1n, m, m + 1n, (1n << bits) - 1n, (2n << bits) - 1n];
    for (const a of edges) for (const b of edges) assert.equal(modulus.multiply(a, b), (a * b) % m, `${a} times ${b}`);
    for (let i = 0; i < 500; i++) {
      const [a, b] = [randomBelow(random, m), randomBelow(random, m)];
      assert.equal(modulus.multiply(a, b), (a * b) % m, `${a} times ${b}`);
    }
  });
}

test('the engine reduces to the same values', needsEngine, async () => {
  const random = new SeededRandom(7);
  for (const { value, length } of MODULI) {
    const bits = BigInt(8 * length);
    const tried = values(value, 1n << (bits + 32n), 2n * bits + 40n, random).filter((_, i) => i % 4 === 0);
    const modulus = new Modulus(value, length);
    const lines = await runOnEngine(`
      import { Modulus } from 'src/crypto/modulus.ts';
      declare function print(text: string): void;
      const modulus = new Modulus(${value}n, ${length});
      for (const text of ${JSON.stringify(tried.map(String))}) print(String(modulus.reduce(BigInt(text))));
    `);
    assert.deepEqual(
      lines,
      tried.map((each) => String(modulus.reduce(each))),
    );
  }
});
