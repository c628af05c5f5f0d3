import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { type Curve, curveOf } from '../../src/crypto/curve.ts';
import { type AffinePoint, JacobianPoint, toAffine } from '../../src/crypto/jacobian.ts';
import { finish } from '../../src/steps.ts';
import { CURVES, multipleOfBase, noble } from '../support/curves.ts';

for (const name of CURVES) {
  const curve = curveOf(name);
  const affine = (scalar: bigint): AffinePoint => curve.decode(fromHex(multipleOfBase(name, scalar) as string));

  /** scalar·G with another Z than 1: 2·((scalar/2)·G). */
  function jacobian(scalar: bigint): JacobianPoint {
    const point = new JacobianPoint(curve.field);
    const n = curve.scalars.value;
    point.add(...affine(((scalar & 1n) === 0n ? scalar : scalar + n) >> 1n));
    point.double(1);
    assert.notEqual(point.z, curve.field.one);
    return point;
  }

  test(`${name}: doubling a point agrees with noble`, () => {
    for (const times of [0, 1, 2, 7, 64]) {
      const point = jacobian(5n);
      point.double(times);
      assert.equal(show(curve, point), multipleOfBase(name, 5n << BigInt(times)));
    }
  });

  test(`${name}: addition is right for any two points, also equal and opposite ones and infinity`, () => {
    const n = curve.scalars.value;
    const scalars = [1n, 2n, 3n, 4n, n - 1n, n - 2n, n - 3n, 0x123456789abcdefn];
    for (const first of [...scalars, 0n]) {
      for (const second of scalars) {
        for (const times of [0, 1, 3]) {
          const point = first === 0n ? new JacobianPoint(curve.field) : jacobian(first);
          point.doubleAndAdd(times, ...affine(second));
          const expected = multipleOfBase(name, (first << BigInt(times)) + second);
          assert.equal(show(curve, point), expected, `2^${times}·${first} + ${second}`);
        }
      }
    }
  });

  test(`${name}: infinity stays infinity when doubled, and becomes the point that is added to it`, () => {
    const point = jacobian(9n);
    point.add(...affine(curve.scalars.value - 9n));
    assert.equal(point.z, 0n);
    point.double(3);
    assert.equal(point.z, 0n);
    point.add(...affine(7n));
    assert.equal(show(curve, point), multipleOfBase(name, 7n));
  });

  test(`${name}: a coordinate of zero may be written as p`, () => {
    const { Fp } = noble[name].Point;
    const { value: p, one } = curve.field;
    const y = Fp.sqrt(noble[name].Point.CURVE().b);
    const doubled = noble[name].Point.fromAffine({ x: 0n, y }).double().toHex(false);
    const doubleY = curve.field.enter(2n * y);
    for (const first of [0n, p]) {
      for (const second of [0n, p]) {
        const point = new JacobianPoint(curve.field);
        point.set(first, doubleY, one);
        point.add(second, doubleY);
        assert.equal(show(curve, point), doubled);
        point.set(first, doubleY, one);
        point.add(second, -doubleY);
        assert.equal(point.z, 0n);
      }
    }
  });

  test(`${name}: coordinates stay within a hair of 0 … p through hundreds of operations`, () => {
    const { value: p } = curve.field;
    const point = jacobian(3n);
    const summands = [1n, 2n, 3n, 4n, 5n].map(affine);
    for (let i = 0; i < 600; i++) {
      point.doubleAndAdd(i % 3, ...summands[i % 5]);
      for (const coordinate of [point.x, point.y, point.z]) {
        assert.ok(coordinate >= -(p >> 20n) && coordinate <= p + (p >> 20n), `${coordinate} after ${i}`);
      }
    }
  });

  test(`${name}: the affine coordinates of many points are computed at once`, () => {
    for (const count of [1, 2, 9]) {
      const scalars = Array.from({ length: count }, (_, i) => BigInt(3 * i + 1));
      const flat = scalars.flatMap((scalar) => {
        const { x, y, z } = jacobian(scalar);
        return [x, y, z];
      });
      const coordinates = finish(toAffine(curve.field, flat));
      assert.deepEqual(
        scalars.map((_, i) => toHex(curve.encode([coordinates[2 * i], coordinates[2 * i + 1]]))),
        scalars.map((scalar) => multipleOfBase(name, scalar)),
      );
    }
  });
}

function show(curve: Curve, { x, y, z }: JacobianPoint): string | null {
  if (z === 0n) return null;
  const [affineX, doubleY] = finish(toAffine(curve.field, [x, y, z]));
  return toHex(curve.encode([affineX, doubleY]));
}
