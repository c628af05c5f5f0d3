import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { type Combs, prepareMultiples } from '../../src/crypto/comb.ts';
import { type EcCurve, curveOf } from '../../src/crypto/curve.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { type AffinePoint, toAffine } from '../../src/crypto/jacobian.ts';
import { multiple, sumOfMultiples } from '../../src/crypto/scalarMultiplication.ts';
import { finish } from '../../src/steps.ts';
import { CURVES, multipleOfBase, noble, patterns, randomBelow } from '../support/curves.ts';
import { SeededRandom } from '../support/random.ts';

/** factor·G, and never the object that stands for G itself. */
function pointOf(name: EcCurve, factor: bigint): AffinePoint {
  return curveOf(name).decode(fromHex(multipleOfBase(name, factor) as string));
}

function show(name: EcCurve, terms: [bigint, AffinePoint][], combs?: Combs): string | null {
  const curve = curveOf(name);
  const { x, y, z } = finish(sumOfMultiples(curve, terms, combs));
  if (z === 0n) return null;
  const [affineX, doubleY] = finish(toAffine(curve.field, [x, y, z]));
  return toHex(curve.encode([affineX, doubleY]));
}

for (const name of CURVES) {
  const curve = curveOf(name);
  const n = curve.scalars.value;
  const edges = [0n, 1n, 2n, 3n, 15n, 16n, 17n, 31n, 32n, 33n, n >> 1n, (n >> 1n) + 1n, n - 17n, n - 2n, n - 1n, n];

  test(`${name}: multiples of G and of another point agree with noble, at the ends and around powers of two`, () => {
    const random = new SeededRandom(11);
    const other = 0x1234567n;
    const point = pointOf(name, other);
    const some = patterns(n).filter((_, i) => i % 40 === 0);
    for (const scalar of [...edges, ...some, randomBelow(random, n), randomBelow(random, n)]) {
      assert.equal(show(name, [[scalar, curve.base]]), multipleOfBase(name, scalar), `${scalar}·G`);
      assert.equal(show(name, [[scalar, point]]), multipleOfBase(name, scalar * other), `${scalar}·P`);
    }
  });

  test(`${name}: sums are right where their parts meet: ±G, its doubles, and the points of the comb`, () => {
    // With such a point, the sum so far and the next summand are often equal or opposite.
    const factors = [1n, n - 1n, 2n, n - 2n, 1n << 43n, n - (1n << 43n), (1n << 215n) - (1n << 172n)];
    const scalars = [0n, 1n, 2n, n - 1n, 1n << 42n, (1n << 43n) + 1n, 0x5555555555555555n];
    for (const factor of factors) {
      const point = pointOf(name, factor);
      for (const u1 of scalars) {
        for (const u2 of scalars) {
          const terms: [bigint, AffinePoint][] = [
            [u1, curve.base],
            [u2, point],
          ];
          assert.equal(show(name, terms), multipleOfBase(name, u1 + u2 * factor), `${u1}·G + ${u2}·${factor}·G`);
        }
      }
    }
  });

  test(`${name}: random sums agree with noble`, () => {
    const random = new SeededRandom(13);
    for (let i = 0; i < 12; i++) {
      const [u1, u2, factor] = [randomBelow(random, n), randomBelow(random, n), 1n + randomBelow(random, n - 1n)];
      const point = pointOf(name, factor);
      const negated: [bigint, AffinePoint][] = [
        [(u2 * factor) % n, curve.base],
        [n - u2, point],
      ];
      assert.equal(
        show(name, [
          [u1, curve.base],
          [u2, point],
        ]),
        multipleOfBase(name, u1 + u2 * factor),
      );
      assert.equal(show(name, negated), null, 'u·G − u·G');
    }
  });

  test(`${name}: a multiple that is infinity is refused`, () => {
    for (const scalar of [0n, n]) {
      assert.throws(() => finish(multiple(curve, scalar, curve.base)), CryptoError);
      assert.throws(() => finish(multiple(curve, scalar, pointOf(name, 5n))), CryptoError);
    }
  });

  test(`${name}: the computation is cut into slices`, () => {
    const { Fn } = noble[name].Point;
    let slices = 1;
    for (const steps = multiple(curve, Fn.inv(3n), pointOf(name, 5n)); steps.next().done !== true;) slices++;
    assert.ok(slices >= 7, `${slices} slices`);
  });
}

test('P-256: sums with a point whose multiples were prepared are right, at random and where their parts meet', () => {
  const name = 'P-256';
  const curve = curveOf(name);
  const n = curve.scalars.value;
  const random = new SeededRandom(17);
  const scalars = [0n, 1n, 2n, n - 1n, n, 1n << 42n, (1n << 43n) + 1n, randomBelow(random, n)];
  for (const factor of [n - 1n, 2n, 1n << 43n, (1n << 215n) - (1n << 172n), randomBelow(random, n)]) {
    const combs: Combs = [];
    finish(prepareMultiples(curve, pointOf(name, factor), combs));
    finish(prepareMultiples(curve, pointOf(name, factor), combs));
    assert.equal(combs.length, 1, 'once is enough');
    const point = pointOf(name, factor);
    for (const u2 of scalars) {
      assert.equal(show(name, [[u2, point]], combs), multipleOfBase(name, u2 * factor), `${u2}·P`);
      for (const u1 of scalars) {
        const terms: [bigint, AffinePoint][] = [
          [u1, curve.base],
          [u2, point],
        ];
        assert.equal(show(name, terms, combs), multipleOfBase(name, u1 + u2 * factor), `${u1}·G + ${u2}·${factor}·G`);
      }
    }
  }
});

test('P-256: a sum takes less than half as many steps when both points are prepared', () => {
  const curve = curveOf('P-256');
  const { Fn } = noble['P-256'].Point;
  const combs: Combs = [];
  const slices = (point: AffinePoint): number => {
    const terms: [bigint, AffinePoint][] = [
      [Fn.inv(3n), curve.base],
      [Fn.inv(5n), point],
    ];
    const steps = sumOfMultiples(curve, terms, combs);
    let count = 1;
    while (steps.next().done !== true) count++;
    return count;
  };
  const point = pointOf('P-256', 77n);
  slices(point); // prepares G
  const before = slices(point);
  finish(prepareMultiples(curve, point, combs));
  assert.ok(2 * slices(point) < before, `${before} slices`);
});
