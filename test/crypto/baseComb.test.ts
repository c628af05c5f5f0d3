/** The table of G that is in the program: the numbers that the generator writes, and the points that noble computes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { generateBaseComb } from '../../scripts/generate/baseComb.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { baseComb } from '../../src/crypto/baseComb.ts';
import { curveOf } from '../../src/crypto/curve.ts';
import { multiple } from '../../src/crypto/scalarMultiplication.ts';
import { finish } from '../../src/steps.ts';
import { multipleOfBase } from '../support/curves.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';

/** Powers of two whose sum, with the highest positive and each other positive or negative, makes a point of the table. */
const TEETH = [0n, 43n, 86n, 129n, 172n, 215n];

test('every point of the table is the multiple of G that noble computes', () => {
  const curve = curveOf('P-256');
  const table = baseComb();
  assert.equal(table.length, 64);
  for (let i = 0; i < 32; i++) {
    // A bit of the point's number tells a sign: the lowest that of the lowest tooth.
    const factor = TEETH.reduce(
      (sum, tooth, bit) => (bit === 5 || ((i >> bit) & 1) === 1 ? sum + (1n << tooth) : sum - (1n << tooth)),
      0n,
    );
    const point = [table[2 * i], table[2 * i + 1]] as const;
    assert.equal(toHex(curve.encode(point)), multipleOfBase('P-256', factor), `point ${i}`);
    for (const residue of point) assert.ok(residue >= 0n && residue <= curve.field.value, `point ${i}: a residue`);
  }
});

test('src/crypto/baseComb.ts is what its generator writes', async () => {
  assert.equal(readFileSync('src/crypto/baseComb.ts', 'utf8'), await generateBaseComb());
});

test('every call returns a table of its own', () => {
  assert.notEqual(baseComb(), baseComb());
  assert.deepEqual(baseComb(), baseComb());
});

test('the engine computes the right multiple of G from this table', needsEngine, async () => {
  const curve = curveOf('P-256');
  const scalar = 0x123456789abcdef0fedcba9876543210123456789abcdef0fedcba9876543210n;
  const program = `
    import { curveOf } from 'src/crypto/curve.ts';
    import { multiple } from 'src/crypto/scalarMultiplication.ts';
    import { finish } from 'src/steps.ts';
    const curve = curveOf('P-256');
    print(finish(multiple(curve, ${scalar}n, curve.base)).join(' '));
  `;
  const expected = finish(multiple(curve, scalar, curve.base)).join(' ');
  assert.equal(toHex(curve.encode(finish(multiple(curve, scalar, curve.base)))), multipleOfBase('P-256', scalar));
  assert.deepEqual(await runOnEngine(program), [expected]);
});
