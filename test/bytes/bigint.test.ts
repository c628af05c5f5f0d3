import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes/bigint.ts';

/** Bytes without a pattern that a shift by whole words would map to itself. */
function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * i * 37 + i * 11 + 129) & 255);
}

test('bytes and numbers of every length up to 70 bytes agree with hexadecimal', () => {
  for (let length = 0; length <= 70; length++) {
    const bytes = sample(length);
    const value = BigInt(`0x0${toHex(bytes)}`);
    assert.equal(bytesToBigInt(bytes), value, `${length} bytes`);
    assert.deepEqual(bigIntToBytes(value, length), bytes, `${length} bytes`);
  }
});

test('a number is padded with zeros on the left', () => {
  assert.equal(toHex(bigIntToBytes(0x1234n, 11)), '0000000000000000001234');
  assert.equal(toHex(bigIntToBytes(1n << 64n, 17)), '0000000000000000010000000000000000');
  assert.equal(bytesToBigInt(new Uint8Array(40)), 0n);
});

test('a view into the middle of a larger buffer is read at its own offset', () => {
  const bytes = sample(64);
  assert.equal(bytesToBigInt(bytes.subarray(3, 20)), BigInt(`0x${toHex(bytes.slice(3, 20))}`));
});

test('a number that does not fit is refused, by one bit or because it is negative', () => {
  for (const length of [0, 1, 7, 8, 9, 32]) {
    const limit = 1n << BigInt(8 * length);
    assert.equal(toHex(bigIntToBytes(limit - 1n, length)), 'ff'.repeat(length));
    assert.throws(() => bigIntToBytes(limit, length), RangeError);
    assert.throws(() => bigIntToBytes(-1n, length), RangeError);
  }
});
