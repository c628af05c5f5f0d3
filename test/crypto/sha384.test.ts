import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha384 as nobleSha384 } from '@noble/hashes/sha2.js';
import { toHex } from '../../src/bytes/encoding.ts';
import { digestSteps } from '../../src/crypto/hashName.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { sha384Steps } from '../../src/crypto/sha384.ts';
import { finish } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

/** FIPS 180-2 appendix D, and the SHA-384 examples of NIST's Cryptographic Toolkit. */
const VECTORS: [message: string, digest: string][] = [
  ['', '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b'],
  ['abc', 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
  [
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    '09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039',
  ],
];

test('the published vectors', () => {
  for (const [message, digest] of VECTORS) {
    assert.equal(toHex(finish(sha384Steps(new Uint8Array(Buffer.from(message, 'latin1'))))), digest);
  }
});

test('every length from 0 to 300, and 3,000 bytes, agree with noble; the data are left alone', () => {
  const random = new SeededRandom(1);
  for (const length of [...Array(301).keys(), 3000]) {
    const message = random.bytes(length);
    const copy = message.slice();
    assert.deepEqual(finish(sha384Steps(message)), nobleSha384(message), `${length} bytes`);
    assert.deepEqual(message, copy);
  }
});

test('words with all bits or only one agree with noble', () => {
  for (let bit = 0; bit < 1024; bit++) {
    const message = new Uint8Array(128);
    message[bit >> 3] = 1 << (bit & 7);
    for (const sample of [message, message.map((byte) => byte ^ 255)]) {
      assert.deepEqual(finish(sha384Steps(sample)), nobleSha384(sample));
    }
  }
});

test('a slice is one block, after one that prepares', () => {
  for (const [length, slices] of [
    [111, 2],
    [112, 3],
    [1280, 12],
  ]) {
    assert.equal([...sha384Steps(new Uint8Array(length))].length, slices);
  }
});

test('the names stand for their functions', () => {
  const message = new SeededRandom(2).bytes(200);
  assert.deepEqual(finish(digestSteps('SHA-256', message)), sha256(message));
  assert.deepEqual(finish(digestSteps('SHA-384', message)), nobleSha384(message));
});

test('the engine agrees, whose BigInts are its own', needsEngine, async () => {
  const messages = Array.from({ length: 40 }, (_, i) => Uint8Array.from({ length: 29 * i }, (_, j) => i * 7 + j * j));
  const lines = await runOnEngine(`
    import { toHex } from 'src/bytes/encoding.ts';
    import { sha384Steps } from 'src/crypto/sha384.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    for (let i = 0; i < 40; i++) {
      const message = new Uint8Array(29 * i);
      for (let j = 0; j < message.length; j++) message[j] = i * 7 + j * j;
      print(toHex(finish(sha384Steps(message))));
    }
  `);
  assert.deepEqual(
    lines,
    messages.map((message) => toHex(nobleSha384(message))),
  );
});
