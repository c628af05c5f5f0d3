import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha384 as nobleSha384, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { toHex } from '../../src/bytes/encoding.ts';
import { digestSteps } from '../../src/crypto/hashName.ts';
import { sha256 } from '../../src/crypto/sha256.ts';
import { sha512Steps } from '../../src/crypto/sha512.ts';
import { finish } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

const NAMES = ['SHA-384', 'SHA-512'] as const;
const noble = { 'SHA-384': nobleSha384, 'SHA-512': nobleSha512 };

const LONG =
  'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu';
/** FIPS 180-2 appendices C and D, and the examples of NIST's Cryptographic Toolkit. */
const VECTORS: [message: string, digest: string][] = [
  ['', '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b'],
  ['abc', 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
  [LONG, '09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039'],
  [
    'abc',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    LONG,
    '8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909',
  ],
];

test('the published vectors are computed', () => {
  for (const [message, digest] of VECTORS) {
    const name = digest.length === 96 ? 'SHA-384' : 'SHA-512';
    assert.equal(toHex(finish(sha512Steps(name, new Uint8Array(Buffer.from(message, 'latin1'))))), digest);
  }
});

test('every length from 0 to 300, and 3,000 bytes, agree with noble, and the data stay unchanged', () => {
  const random = new SeededRandom(1);
  for (const length of [...Array(301).keys(), 3000]) {
    const message = random.bytes(length);
    const copy = message.slice();
    for (const name of NAMES) {
      assert.deepEqual(finish(sha512Steps(name, message)), noble[name](message), `${name} of ${length} bytes`);
    }
    assert.deepEqual(message, copy);
  }
});

test('messages of words with all bits set or only one agree with noble', () => {
  for (let bit = 0; bit < 1024; bit++) {
    const message = new Uint8Array(128);
    message[bit >> 3] = 1 << (bit & 7);
    for (const sample of [message, message.map((byte) => byte ^ 255)]) {
      for (const name of NAMES) assert.deepEqual(finish(sha512Steps(name, sample)), noble[name](sample));
    }
  }
});

test('a slice hashes one block, after a first one that prepares', () => {
  for (const [length, slices] of [
    [111, 2],
    [112, 3],
    [1280, 12],
  ]) {
    assert.equal([...sha512Steps('SHA-384', new Uint8Array(length))].length, slices);
  }
});

test('each name selects its hash function', () => {
  const message = new SeededRandom(2).bytes(200);
  assert.deepEqual(finish(digestSteps('SHA-256', message)), sha256(message));
  for (const name of NAMES) assert.deepEqual(finish(digestSteps(name, message)), noble[name](message));
});

test('the engine, which has BigInts of its own, computes the same digests', needsEngine, async () => {
  const messages = Array.from({ length: 40 }, (_, i) => Uint8Array.from({ length: 29 * i }, (_, j) => i * 7 + j * j));
  const lines = await runOnEngine(`
    import { toHex } from 'src/bytes/encoding.ts';
    import { sha512Steps } from 'src/crypto/sha512.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    for (let i = 0; i < 40; i++) {
      const message = new Uint8Array(29 * i);
      for (let j = 0; j < message.length; j++) message[j] = i * 7 + j * j;
      print(toHex(finish(sha512Steps('SHA-384', message))));
      print(toHex(finish(sha512Steps('SHA-512', message))));
    }
  `);
  assert.deepEqual(
    lines,
    messages.flatMap((message) => [toHex(nobleSha384(message)), toHex(nobleSha512(message))]),
  );
});
