import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { bytesToBigInt } from '../../src/bytes/bigint.ts';
import { GhashKey, ghashTag } from '../../src/crypto/ghash.ts';
import { finish } from '../../src/steps.ts';
import { SeededRandom } from '../support/random.ts';

const ONES = (1n << 128n) - 1n;

/** SP 800-38D, algorithm 1, bit by bit. */
function multiply(x: bigint, y: bigint): bigint {
  let z = 0n;
  let v = y;
  for (let i = 127n; i >= 0n; i--) {
    if ((x >> i) & 1n) z ^= v;
    v = v & 1n ? (v >> 1n) ^ (0xe1n << 120n) : v >> 1n;
  }
  return z;
}

/** GHASH of whole blocks of additional data alone. */
function reference(key: bigint, data: Uint8Array): string {
  let y = 0n;
  for (let at = 0; at < data.length; at += 16) y = multiply(y ^ bytesToBigInt(data.subarray(at, at + 16)), key);
  y = multiply(y ^ (BigInt(8 * data.length) << 64n), key);
  return y.toString(16).padStart(32, '0');
}

function ours(key: bigint, data: Uint8Array): string {
  const hashKey = new GhashKey(key >> 64n, key & (ONES >> 64n));
  return toHex(finish(ghashTag(hashKey, data, new Uint8Array(0), 0n, 0n)));
}

test('hash keys and blocks that fill the lanes most, or least, agree with bitwise multiplication', () => {
  const keys = [
    0n,
    1n,
    2n,
    1n << 63n,
    1n << 64n,
    1n << 127n,
    ONES,
    ONES >> 1n,
    ONES ^ 1n,
    ONES >> 64n,
    (ONES >> 64n) << 64n,
  ];
  const blocks = [0, 1, 0x55, 0x80, 0xaa, 0xff].map((byte) => new Uint8Array(48).fill(byte));
  for (const key of keys)
    for (const data of blocks) assert.equal(ours(key, data), reference(key, data), key.toString(16));
});

test('single bits of hash key and block agree with bitwise multiplication', () => {
  for (let i = 0n; i < 128n; i++) {
    const data = new Uint8Array(16);
    data[Number(i >> 3n)] = 1 << Number(i & 7n);
    assert.equal(ours(1n << i, data), reference(1n << i, data), String(i));
  }
});

test('300 random hash keys and blocks agree with bitwise multiplication', () => {
  const random = new SeededRandom(128);
  for (let i = 0; i < 300; i++) {
    const key = bytesToBigInt(random.bytes(16));
    const data = random.bytes(64);
    assert.equal(ours(key, data), reference(key, data));
  }
});
