import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

/** RFC 4231, section 4, the values for HMAC-SHA-256; the fifth is cut to 128 bits there. */
const VECTORS: [key: Uint8Array, data: Uint8Array, mac: string][] = [
  [filled(20, 0x0b), ascii('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
  [
    ascii('Jefe'),
    ascii('what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [filled(20, 0xaa), filled(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
  [
    fromHex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
    filled(50, 0xcd),
    '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
  ],
  [filled(20, 0x0c), ascii('Test With Truncation'), 'a3b6167473100ee06e0c796c2955552b'],
  [
    filled(131, 0xaa),
    ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  ],
  [
    filled(131, 0xaa),
    ascii(
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    ),
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ],
];

test('the MACs are those of RFC 4231', () => {
  for (const [key, data, mac] of VECTORS) assert.equal(toHex(new HmacKey(key).mac(data)).slice(0, mac.length), mac);
});

test('keys of every length to 130, and messages in parts, agree with noble', () => {
  const random = new SeededRandom(1);
  for (let length = 0; length <= 130; length++) {
    const bytes = random.bytes(length);
    const key = new HmacKey(bytes);
    for (let run = 0; run < 3; run++) {
      const parts = Array.from({ length: random.below(4) }, () => random.bytes(random.below(150)));
      assert.deepEqual(key.mac(...parts), hmac(sha256, bytes, Buffer.concat(parts)), `key of ${length} bytes`);
    }
  }
});

test("the key is copied, so changing the caller's array changes no MAC", () => {
  const bytes = new SeededRandom(2).bytes(48);
  const key = new HmacKey(bytes);
  const before = key.mac(bytes);
  const copy = bytes.slice();
  bytes.fill(0);
  assert.deepEqual(key.mac(copy), before);
  assert.deepEqual(before, hmac(sha256, copy, copy));
});

test('the engine computes the same MACs', needsEngine, async () => {
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { HmacKey } from 'src/crypto/hmac.ts';
    declare function print(text: string): void;
    for (const [key, data] of ${JSON.stringify(VECTORS.map(([key, data]) => [toHex(key), toHex(data)]))}) {
      print(toHex(new HmacKey(fromHex(key)).mac(fromHex(data))));
    }
  `);
  assert.deepEqual(
    lines,
    VECTORS.map(([key, data]) => toHex(hmac(sha256, key, data))),
  );
});
