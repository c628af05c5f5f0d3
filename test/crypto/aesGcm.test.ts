import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { gcm } from '@noble/ciphers/aes.js';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Aes128Gcm } from '../../src/crypto/aesGcm.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { finish, type Steps } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

/** Key, nonce, additional data, plaintext, ciphertext, tag. */
type Vector = [string, string, string, string, string, string];

/** Test cases 1 to 4 of the GCM specification submitted to NIST, and one of NIST's CAVS with additional data only. */
const vectors: Vector[] = [
  ['00000000000000000000000000000000', '000000000000000000000000', '', '', '', '58e2fccefa7e3061367f1d57a4e7455a'],
  [
    '00000000000000000000000000000000',
    '000000000000000000000000',
    '',
    '00000000000000000000000000000000',
    '0388dace60b6a392f328c2b971b2fe78',
    'ab6e47d42cec13bdf53a67b21257bddf',
  ],
  [
    'feffe9928665731c6d6a8f9467308308',
    'cafebabefacedbaddecaf888',
    '',
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985',
    '4d5c2af327cd64a62cf35abd2ba6fab4',
  ],
  [
    'feffe9928665731c6d6a8f9467308308',
    'cafebabefacedbaddecaf888',
    'feedfacedeadbeeffeedfacedeadbeefabaddad2',
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091',
    '5bc94fbc3221a5db94fae95ae7121a47',
  ],
  [
    '77be63708971c4e240d1cb79e8d77feb',
    'e0e00f19fed7ba0136a797f3',
    '7a43ec1d9c0a5a78a0b16533a6213cab',
    '',
    '',
    '209fcc8d3675ed938e9c7166709dd946',
  ],
];

test('the published vectors are sealed and opened', () => {
  for (const vector of vectors) {
    const [key, nonce, additionalData, plaintext, ciphertext, tag] = vector.map(fromHex);
    const cipher = new Aes128Gcm(key);
    const sealed = finish(cipher.seal(nonce, additionalData, plaintext));
    assert.equal(toHex(sealed), toHex(ciphertext) + toHex(tag));
    const opened = finish(cipher.open(nonce, additionalData, sealed));
    assert.ok(opened !== null);
    assert.equal(toHex(opened), toHex(plaintext));
    assert.equal(opened.buffer, sealed.buffer, 'decrypted in place');
  }
});

test('every length from 0 to 80 bytes agrees with OpenSSL and noble, with additional data of every length from 0 to 40', () => {
  const random = new SeededRandom(5288);
  for (let length = 0; length <= 80; length++) {
    const [key, nonce, plaintext] = [16, 12, length].map((n) => random.bytes(n));
    const additionalData = random.bytes(length % 41);
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(additionalData);
    const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('hex');
    assert.equal(toHex(gcm(key, nonce, additionalData).encrypt(plaintext)), expected);
    // In the middle of a larger buffer, as records lie in the receive buffer.
    const ours = new Aes128Gcm(key);
    const buffer = new Uint8Array(length + 48);
    buffer.set(finish(ours.seal(nonce, additionalData, plaintext)), 13);
    assert.equal(toHex(buffer.subarray(13, length + 29)), expected, `${length} bytes`);
    const opened = finish(ours.open(nonce, additionalData, buffer.subarray(13, length + 29)));
    assert.deepEqual(opened, buffer.subarray(13, length + 13));
    assert.deepEqual(buffer.subarray(13, length + 13), plaintext);
  }
});

test('300 random keys agree with OpenSSL, whether or not the top of the hash key carries over', () => {
  const random = new SeededRandom(38);
  for (let i = 0; i < 300; i++) {
    const [key, nonce, plaintext] = [16, 12, 16].map((n) => random.bytes(n));
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    assert.deepEqual(Buffer.from(finish(new Aes128Gcm(key).seal(nonce, new Uint8Array(0), plaintext))), expected);
  }
});

test('blocks of all ones, which fill the lanes most, agree with OpenSSL', () => {
  const nonce = new Uint8Array(12).fill(255);
  const ones = new Uint8Array(2000).fill(255);
  for (const byte of [0, 1, 128, 255]) {
    const key = new Uint8Array(16).fill(byte);
    const cipher = createCipheriv('aes-128-gcm', key, nonce).setAAD(ones);
    const expected = Buffer.concat([cipher.update(ones), cipher.final(), cipher.getAuthTag()]);
    assert.deepEqual(Buffer.from(finish(new Aes128Gcm(key).seal(nonce, ones, ones))), expected);
  }
});

test('the counter goes on beyond 16 bits', () => {
  const random = new SeededRandom(16);
  const [key, nonce] = [16, 12].map((n) => random.bytes(n));
  const plaintext = new Uint8Array(16 * 65_540);
  const sealed = finish(new Aes128Gcm(key).seal(nonce, new Uint8Array(0), plaintext));
  const expected = createCipheriv('aes-128-gcm', key, nonce).update(plaintext);
  assert.ok(expected.equals(sealed.subarray(0, plaintext.length)));
});

test('a change in any byte of ciphertext, tag, additional data or nonce is refused and nothing is decrypted', () => {
  const random = new SeededRandom(13);
  const [key, nonce, additionalData, plaintext] = [16, 12, 13, 37].map((n) => random.bytes(n));
  const cipher = new Aes128Gcm(key);
  const sealed = finish(cipher.seal(nonce, additionalData, plaintext));
  for (const part of [sealed, additionalData, nonce]) {
    for (let i = 0; i < part.length; i++) {
      const bit = 1 << random.below(8);
      part[i] ^= bit;
      const before = sealed.slice();
      assert.equal(finish(cipher.open(nonce, additionalData, sealed)), null, `byte ${i} of ${part.length}`);
      assert.deepEqual(sealed, before);
      part[i] ^= bit;
    }
  }
  assert.deepEqual(finish(cipher.open(nonce, additionalData, sealed)), plaintext);
});

test('a tag that is cut short or moved is refused', () => {
  const cipher = new Aes128Gcm(new Uint8Array(16));
  const [nonce, none] = [new Uint8Array(12), new Uint8Array(0)];
  const sealed = finish(cipher.seal(nonce, none, new Uint8Array(20)));
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(finish(cipher.open(nonce, none, sealed.slice(0, length))), null, `${length} bytes`);
  }
  assert.equal(finish(cipher.open(nonce, sealed.slice(0, 20), sealed.slice(20))), null);
});

test('keys of other than 16 bytes and nonces of other than 12 are refused', () => {
  assert.throws(() => new Aes128Gcm(new Uint8Array(32)), CryptoError);
  const cipher = new Aes128Gcm(new Uint8Array(16));
  for (const length of [0, 8, 11, 13, 16]) {
    const nonce = new Uint8Array(length);
    const expected = { name: 'CryptoError', message: `GCM nonce: expected 12 bytes, not ${length}` };
    assert.throws(() => finish(cipher.seal(nonce, nonce, nonce)), expected);
    assert.throws(() => finish(cipher.open(nonce, nonce, new Uint8Array(40))), expected);
  }
});

test('a record of 16 KB is cut into slices of at most 32 blocks of AES or 128 of GHASH', () => {
  const cipher = new Aes128Gcm(new Uint8Array(16));
  const [nonce, none] = [new Uint8Array(12), new Uint8Array(0)];
  const slices = (steps: Steps<unknown>): number => {
    let count = 1;
    while (steps.next().done !== true) count += 1;
    return count;
  };
  const sealed = finish(cipher.seal(nonce, none, new Uint8Array(16_384)));
  assert.ok(slices(cipher.seal(nonce, none, new Uint8Array(16_384))) >= 1024 / 32 + 1024 / 128);
  assert.ok(slices(cipher.open(nonce, none, sealed)) >= 1024 / 32 + 1024 / 128);
  assert.equal(slices(cipher.seal(nonce, none, new Uint8Array(128))), 1);
});

test('two messages of one key, worked on in turns, do not disturb each other', () => {
  const random = new SeededRandom(2);
  const [key, nonce, other] = [16, 12, 12].map((n) => random.bytes(n));
  const none = new Uint8Array(0);
  const plaintext = random.bytes(1500);
  const cipher = new Aes128Gcm(key);
  const expected = [nonce, other].map((n) => finish(cipher.seal(n, none, plaintext)));
  const steps = [nonce, other].map((n) => cipher.seal(n, none, plaintext));
  const results: Uint8Array[] = [];
  while (results.length < 2) {
    steps.forEach((step, i) => {
      const { done, value } = step.next();
      if (done === true && value instanceof Uint8Array) results[i] = value;
    });
  }
  assert.deepEqual(results, expected);
});

test('the engine computes the vectors, handles lengths 0 to 80, and refuses changed bytes', needsEngine, async () => {
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { Aes128Gcm } from 'src/crypto/aesGcm.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    const vectors = ${JSON.stringify(vectors)};
    for (const [key, nonce, additionalData, plaintext, ciphertext, tag] of vectors) {
      const cipher = new Aes128Gcm(fromHex(key));
      const sealed = finish(cipher.seal(fromHex(nonce), fromHex(additionalData), fromHex(plaintext)));
      print(String(toHex(sealed) === ciphertext + tag));
    }
    const bytes = (length: number, seed: number) => new Uint8Array(length).map((_, i) => (i * i * 31 + i * 7 + seed) & 255);
    for (let length = 0; length <= 80; length++) {
      const cipher = new Aes128Gcm(bytes(16, length));
      const nonce = bytes(12, 3 * length);
      const additionalData = bytes(length % 41, length);
      const sealed = finish(cipher.seal(nonce, additionalData, bytes(length, 5)));
      const text = toHex(sealed);
      sealed[length % sealed.length] ^= 1 << length % 8;
      const refused = finish(cipher.open(nonce, additionalData, sealed)) === null;
      sealed[length % sealed.length] ^= 1 << length % 8;
      const opened = finish(cipher.open(nonce, additionalData, sealed));
      print(text + ' ' + String(refused) + ' ' + (opened === null ? 'null' : toHex(opened)));
    }`);
  assert.deepEqual(
    lines.slice(0, vectors.length),
    vectors.map(() => 'true'),
  );
  const bytes = (length: number, seed: number): Uint8Array =>
    new Uint8Array(length).map((_, i) => (i * i * 31 + i * 7 + seed) & 255);
  for (let length = 0; length <= 80; length++) {
    const cipher = createCipheriv('aes-128-gcm', bytes(16, length), bytes(12, 3 * length));
    cipher.setAAD(bytes(length % 41, length));
    const plaintext = bytes(length, 5);
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString('hex');
    assert.equal(lines[vectors.length + length], `${sealed} true ${toHex(plaintext)}`, `${length} bytes`);
  }
});

test(
  'on the engine a cipher lives until its messages are done, even if nobody refers to it any more',
  needsEngine,
  async () => {
    const lines = await runOnEngine(`
    import { toHex } from 'src/bytes/encoding.ts';
    import { Aes128Gcm } from 'src/crypto/aesGcm.ts';
    declare function print(text: string): void;
    const none = new Uint8Array(0);
    const start = (length: number) =>
      new Aes128Gcm(new Uint8Array(16)).seal(new Uint8Array(12), none, new Uint8Array(length));
    for (let i = 0; i < 40; i++) {
      const steps = start(600 + i);
      for (;;) {
        for (let k = 0; k < 20 + i; k++) [{ garbage: none }]; // collected some time, also while a step runs
        const step = steps.next();
        if (step.done !== true) continue;
        print(toHex(step.value).slice(-32));
        break;
      }
    }`);
    for (let i = 0; i < 40; i++) {
      const cipher = createCipheriv('aes-128-gcm', new Uint8Array(16), new Uint8Array(12));
      cipher.update(new Uint8Array(600 + i));
      cipher.final();
      assert.equal(lines[i], cipher.getAuthTag().toString('hex'), `${600 + i} bytes`);
    }
  },
);
