import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHmacDrbg } from '@noble/curves/utils.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { HmacDrbg } from '../../src/crypto/hmacDrbg.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

/** NIST CAVP, HMAC_DRBG, SHA-256, no reseed, count 0: entropy and nonce, then the second of two requests for 1,024 bits. */
const SEED = 'ca851911349384bffe89de1cbdc46e6831e44d34a4fb935ee285dd14b71a7488659ba96c601dc69fc902940805ec0ca8';
const OUTPUT =
  'e528e9abf2dece54d47c7e75e5fe302149f817ea9fb4bee6f4199697d04d5b89d54fbb978a15b5c443c9ec21036d2460b6f73ebad0dc2aba' +
  '6e624abf07745bc107694bb7547bb0995f70de25d6b29e2d3011bb19d27676c07162c8b5ccde0668961df86803482cb37ed6d5c0bb8d50cf' +
  '1f50d476aa0458bdaba806f48be9dcb8';

/** The same with a reseed before the two requests, prediction resistance off, count 0. */
const RESEEDED = '06032cd5eed33f39265f49ecb142c511da9aff2af71203bffaf34a9ca5bd9c0d0e66f71edc43e42a45ad3c6fc6cdc4df';
const RESEED = '01920a4e669ed3a85ae8a33b35a74ad7fb2a6bb4cf395ce00334a9c9a5a5d552';
const RESEEDED_OUTPUT =
  '76fc79fe9b50beccc991a11b5635783a83536add03c157fb30645e611c2898bb2b1bc215000209208cd506cb28da2a51bdb03826aaf2bd23' +
  '35d576d519160842e7158ad0949d1a9ec3e66ea1b1a064b005de914eac2e9d4f2d72a8616a80225422918250ff66a41bd2f864a6a38cc5b6' +
  '499dc43f7f2bd09e1e0f8f5885935124';

test('NIST, without and with a reseed', () => {
  const drbg = new HmacDrbg(fromHex(SEED));
  drbg.generate(128);
  assert.equal(toHex(drbg.generate(128)), OUTPUT);
  const reseeded = new HmacDrbg(fromHex(RESEEDED));
  reseeded.reseed(fromHex(RESEED));
  reseeded.generate(128);
  assert.equal(toHex(reseeded.generate(128)), RESEEDED_OUTPUT);
});

test('first outputs of every length to 100 agree with noble', () => {
  const random = new SeededRandom(1);
  for (let length = 1; length <= 100; length++) {
    const seed = random.bytes(32 + random.below(100));
    const noble = createHmacDrbg<Uint8Array>(32, length, (key: Uint8Array, message: Uint8Array) =>
      hmac(sha256, key, message),
    );
    const expected = noble(seed, (bytes) => bytes.slice(0, length));
    assert.deepEqual(new HmacDrbg(seed).generate(length), expected);
  }
});

test('no output is ever given twice, whatever lengths are asked for and whatever entropy is mixed in', () => {
  const random = new SeededRandom(2);
  const drbg = new HmacDrbg(random.bytes(48));
  const seen = new Set<string>();
  let outputs = 0;
  for (let run = 0; run < 500; run++) {
    // The same entropy again and again, as from a chip that got stuck.
    if (run % 5 === 0) drbg.reseed(new Uint8Array(32));
    for (const length of [random.below(3), 8, 32, 33]) {
      const output = drbg.generate(length);
      assert.equal(output.length, length);
      if (length < 8) continue;
      seen.add(toHex(output.subarray(0, 8)));
      outputs += 1;
    }
  }
  assert.equal(seen.size, outputs);
});

test('what was returned can neither be found in the generator afterwards nor be changed from outside', () => {
  const [drbg, twin] = [new HmacDrbg(fromHex(SEED)), new HmacDrbg(fromHex(SEED))];
  const output = drbg.generate(32);
  const inside = JSON.stringify(drbg, (_, value: unknown) => (value instanceof Uint8Array ? toHex(value) : value));
  assert.ok(!inside.includes(toHex(output)));
  assert.deepEqual(output, twin.generate(32));
  output.fill(0);
  assert.deepEqual(drbg.generate(32), twin.generate(32));
});

test('seeds below 32 bytes and requests above 65,536 are refused', () => {
  assert.throws(() => new HmacDrbg(new Uint8Array(31)), new CryptoError('expected 32 bytes of entropy, got 31'));
  const drbg = new HmacDrbg(new Uint8Array(32));
  assert.throws(() => drbg.reseed(new Uint8Array(0)), CryptoError);
  assert.throws(() => drbg.generate(65537), new CryptoError('65537 bytes at once, 65536 are allowed'));
});

test('the engine agrees', needsEngine, async () => {
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { HmacDrbg } from 'src/crypto/hmacDrbg.ts';
    declare function print(text: string): void;
    const drbg = new HmacDrbg(fromHex('${SEED}'));
    drbg.generate(128);
    print(toHex(drbg.generate(128)));
  `);
  assert.deepEqual(lines, [OUTPUT]);
});
