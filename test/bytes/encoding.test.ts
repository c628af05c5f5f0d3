import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concat, equalBytes, fromBinaryString, fromHex, toBinaryString, toHex } from '../../src/bytes/encoding.ts';

const every = Uint8Array.from({ length: 256 }, (_, i) => i);

test('hexadecimal is converted to bytes and back', () => {
  assert.equal(toHex(every), Buffer.from(every).toString('hex'));
  assert.deepEqual(fromHex(toHex(every)), every);
  assert.deepEqual(fromHex('AbFf'), Uint8Array.of(0xab, 0xff));
  for (const wrong of ['a', '0g', '0x00', ' 00']) assert.throws(() => fromHex(wrong), RangeError);
});

test('binary strings are converted to bytes and back', () => {
  assert.equal(toBinaryString(every), Buffer.from(every).toString('latin1'));
  assert.deepEqual(fromBinaryString(toBinaryString(every)), every);
});

test('concat joins any number of arrays, also none', () => {
  assert.deepEqual(concat(), new Uint8Array(0));
  assert.deepEqual(concat(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3));
});

test('equalBytes reads the same number of bytes wherever the difference is, so its time reveals nothing', () => {
  const readsOf = (at: number): number => {
    let reads = 0;
    const counted = new Proxy(every, {
      get(target, name) {
        reads += 1;
        return target[name as unknown as number];
      },
    });
    equalBytes(
      counted,
      every.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    );
    return reads;
  };
  assert.ok(readsOf(-1) >= every.length);
  for (const at of [0, 1, 100, 255]) assert.equal(readsOf(at), readsOf(-1));
});

test('equalBytes notices every changed bit and a different length', () => {
  assert.ok(equalBytes(every, every.slice()));
  assert.ok(!equalBytes(every, every.subarray(1)));
  for (const at of [0, 100, 255]) {
    const changed = every.slice();
    changed[at] ^= 0x80;
    assert.ok(!equalBytes(every, changed));
  }
});
