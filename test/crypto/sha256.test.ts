import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { parse } from 'acorn';
import { forEachNode } from '../../scripts/lib/syntaxTree.ts';
import { generateSha256Block } from '../../scripts/generate/sha256Block.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { Sha256, sha256, sha256Steps } from '../../src/crypto/sha256.ts';
import { compress } from '../../src/crypto/sha256Block.ts';
import { finish } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** FIPS 180-2 appendix B, and the SHA-256 examples of NIST's Cryptographic Toolkit. */
const VECTORS: [message: Uint8Array, digest: string][] = [
  [ascii(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  [ascii('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  [
    ascii(
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    ),
    'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
  ],
  [new Uint8Array(1_000_000).fill(0x61), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
];

test('the published vectors are computed', () => {
  for (const [message, digest] of VECTORS) {
    assert.equal(toHex(sha256(message)), digest);
    assert.equal(toHex(finish(sha256Steps(message))), digest);
  }
});

test('every length from 0 to 300 agrees with noble', () => {
  const random = new SeededRandom(1);
  for (let length = 0; length <= 300; length++) {
    const message = random.bytes(length);
    assert.deepEqual(sha256(message), nobleSha256(message), `${length} bytes`);
  }
});

test('messages of one and of eight blocks are hashed right, where updates begin and end near block boundaries', () => {
  const message = new SeededRandom(2).bytes(1200);
  const cuts = [0, 1, 55, 56, 63, 64, 65, 127, 128, 511, 512, 513, 575, 576, 577, 1024, 1088, 1200];
  for (const first of cuts)
    for (const second of cuts.filter((cut) => cut >= first)) {
      const hash = new Sha256().update(message, 0, first).update(message, first, second).update(message, second);
      assert.deepEqual(hash.digest(), nobleSha256(message), `cut at ${first} and ${second}`);
    }
});

test('random splits give the same digest, whether taken from larger arrays by start and end or by subarray', () => {
  const random = new SeededRandom(3);
  for (let run = 0; run < 300; run++) {
    const message = random.bytes(random.below(2000));
    const hash = new Sha256();
    for (let at = 0; at < message.length;) {
      const end = Math.min(message.length, at + random.below(random.below(3) === 0 ? 700 : 90));
      const before = random.below(10);
      const around = random.bytes(before + end - at + random.below(10));
      around.set(message.subarray(at, end), before);
      const copy = around.slice();
      if (random.below(2) === 0) hash.update(around, before, before + end - at);
      else hash.update(around.subarray(before, before + end - at));
      assert.deepEqual(around, copy, "the caller's bytes are left alone");
      around.fill(0);
      at = end;
    }
    assert.deepEqual(hash.digest(), nobleSha256(message));
  }
});

test('a clone and its original do not affect each other', () => {
  const random = new SeededRandom(4);
  for (let run = 0; run < 100; run++) {
    const [before, one, other] = [random.bytes(random.below(200)), random.bytes(70), random.bytes(random.below(200))];
    const hash = new Sha256().update(before);
    const clone = new Sha256().copy(hash);
    clone.update(one);
    hash.update(other);
    const third = new Sha256().copy(clone);
    assert.deepEqual(clone.digest(), nobleSha256(Buffer.concat([before, one])));
    assert.deepEqual(hash.digest(), nobleSha256(Buffer.concat([before, other])));
    assert.deepEqual(third.update(other).digest(), nobleSha256(Buffer.concat([before, one, other])));
  }
});

test('messages of equal bytes, and of words with all bits set or only one, agree with OpenSSL', () => {
  const messages = [0x00, 0x01, 0x7f, 0x80, 0xff].map((byte) => new Uint8Array(256).fill(byte));
  for (let bit = 0; bit < 512; bit++) {
    const message = new Uint8Array(64);
    message[bit >> 3] = 1 << (bit & 7);
    messages.push(
      message,
      message.map((byte) => byte ^ 255),
    );
  }
  for (const message of messages) {
    assert.equal(toHex(sha256(message)), createHash('sha256').update(message).digest('hex'));
  }
});

test('a slice hashes at most eight blocks', () => {
  for (const [length, slices] of [
    [0, 0],
    [512, 1],
    [513, 2],
    [5120, 10],
  ]) {
    assert.equal([...sha256Steps(new Uint8Array(length))].length, slices);
  }
});

test('a message of 2^26 bytes is hashed right, whose length in bits fills more than one half', () => {
  const piece = new Uint8Array(1 << 20).fill(7);
  const ours = new Sha256();
  const theirs = createHash('sha256');
  for (let i = 0; i < 64; i++) {
    ours.update(piece);
    theirs.update(piece);
  }
  assert.equal(toHex(ours.digest()), theirs.digest('hex'));
});

test('src/crypto/sha256Block.ts is what its generator writes', async () => {
  assert.equal(readFileSync('src/crypto/sha256Block.ts', 'utf8'), await generateSha256Block());
});

test('no sum or shift in compress() leaves the 28 bits past which the engine allocates memory', () => {
  const source = compress.toString();
  const inserts = new Map<number, string>();
  forEachNode(parse(source, { ecmaVersion: 2022 }), (node) => {
    if (node.type !== 'BinaryExpression') return;
    inserts.set(node.start, `${inserts.get(node.start) ?? ''}check(`);
    inserts.set(node.end, `${inserts.get(node.end) ?? ''})`);
  });
  const checked = source
    .split('')
    .map((character, i) => (inserts.get(i) ?? '') + character)
    .join('');
  const random = new SeededRandom(5);
  const check = (value: number): number => {
    assert.ok(value >= -(2 ** 27) && value < 2 ** 27);
    return value;
  };
  // oxlint-disable-next-line typescript/no-implied-eval -- the function under test, with every step checked
  const instrument = new Function('check', `return ${checked}`) as (step: typeof check) => typeof compress;
  const checkedCompress = instrument(check);
  const halves = (length: number): Uint16Array => {
    const all = random.below(4);
    return Uint16Array.from({ length }, () => (all === 0 ? 0xffff : all === 1 ? 0 : random.below(0x10000)));
  };
  for (let run = 0; run < 300; run++) {
    const [state, block] = [halves(16), halves(32)];
    const expected = state.slice();
    compress(expected, [block], 1);
    checkedCompress(state, [block], 1);
    assert.deepEqual(state, expected);
  }
});

test('the engine, whose integers end at 2^27, computes the same digests', needsEngine, async () => {
  const lines = await runOnEngine(`
    import { toHex } from 'src/bytes/encoding.ts';
    import { Sha256, sha256 } from 'src/crypto/sha256.ts';
    declare function print(text: string): void;
    let state = 1;
    const message = new Uint8Array(1500);
    for (let i = 0; i < message.length; i++) message[i] = state = (state * 75 + 74) % 65537;
    for (let length = 0; length < 300; length++) print(toHex(sha256(message.subarray(0, length))));
    for (const byte of [0, 255]) print(toHex(sha256(new Uint8Array(1000).fill(byte))));
    for (let cut = 0; cut < 1500; cut += 37) {
      const hash = new Sha256().update(message, 0, cut);
      const clone = new Sha256().copy(hash);
      print(toHex(hash.update(message, cut).digest()) + toHex(clone.digest()));
    }
  `);
  let state = 1;
  const message = Uint8Array.from({ length: 1500 }, () => (state = (state * 75 + 74) % 65537));
  const hash = (data: Uint8Array): string => toHex(nobleSha256(data));
  const expected: string[] = [];
  for (let length = 0; length < 300; length++) expected.push(hash(message.subarray(0, length)));
  for (const byte of [0, 255]) expected.push(hash(new Uint8Array(1000).fill(byte)));
  for (let cut = 0; cut < 1500; cut += 37) expected.push(hash(message) + hash(message.subarray(0, cut)));
  assert.deepEqual(lines, expected);
});
