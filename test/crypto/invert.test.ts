import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invert } from '../../src/crypto/invert.ts';
import { MODULI, patterns, randomBelow } from '../support/curves.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

function check(value: bigint, modulus: bigint, length: number): void {
  const inverse = invert(value, modulus, 8 * length);
  assert.ok(inverse > 0n && inverse < modulus, `1/${value} modulo ${modulus} came out as ${inverse}`);
  assert.equal((inverse * value) % modulus, 1n, `1/${value} modulo ${modulus}`);
}

/** Consecutive Fibonacci numbers need the most divisions, all with a quotient of 1. */
function fibonacci(limit: bigint): bigint[] {
  const numbers = [1n, 2n];
  while (numbers[numbers.length - 1] < limit) numbers.push(numbers[numbers.length - 1] + numbers[numbers.length - 2]);
  return numbers.slice(0, -1);
}

/** modulus·a/b: quotients of every size at the beginning, then numbers that nearly agree. */
function fractions(modulus: bigint, random: SeededRandom): bigint[] {
  return Array.from({ length: 300 }, (_, i) => {
    const b = 2n + randomBelow(random, 1n << BigInt(1 + (i % 60)));
    return 1n + (modulus * (1n + randomBelow(random, b - 1n))) / b - randomBelow(random, 3n);
  }).filter((value) => value > 0n && value < modulus);
}

for (const { title, value: modulus, length } of MODULI) {
  test(`inverses are right modulo ${title}`, () => {
    const random = new SeededRandom(length);
    for (let i = 1n; i < 2000n; i++) check(i, modulus, length);
    for (const value of [...patterns(modulus), ...fibonacci(modulus), ...fractions(modulus, random)]) {
      check(value, modulus, length);
    }
    for (let i = 0; i < 3000; i++) {
      check(1n + (randomBelow(random, modulus - 1n) >> BigInt(i % (8 * length))), modulus, length);
    }
  });
}

test('inverses are right for every number that has one, modulo small moduli', () => {
  for (const modulus of [3n, 257n, 65_537n]) {
    for (let value = 1n; value < modulus && value < 3000n; value++) {
      assert.equal((invert(value, modulus, Math.max(27, modulus.toString(2).length)) * value) % modulus, 1n);
    }
  }
});

test('the engine computes the same inverses', needsEngine, async () => {
  const random = new SeededRandom(5);
  for (const { value: modulus, length } of MODULI) {
    const tried = [...patterns(modulus).filter((_, i) => i % 5 === 0), ...fractions(modulus, random)];
    for (let i = 0; i < 200; i++) tried.push(1n + randomBelow(random, modulus - 1n));
    const lines = await runOnEngine(`
      import { invert } from 'src/crypto/invert.ts';
      declare function print(text: string): void;
      for (const text of ${JSON.stringify(tried.map(String))}) print(String(invert(BigInt(text), ${modulus}n, ${8 * length})));
    `);
    assert.equal(lines.length, tried.length);
    lines.forEach((line, i) => assert.equal((BigInt(line) * tried[i]) % modulus, 1n, `1/${tried[i]}`));
  }
});
