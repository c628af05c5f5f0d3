import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { encryptAesBlock, expandAesKey } from '../../src/crypto/aes.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { SeededRandom } from '../support/random.ts';

function encrypt(key: Uint8Array, block: Uint8Array): string {
  const output = new Uint16Array(8);
  const halves = Array.from({ length: 8 }, (_, i) => (block[2 * i] << 8) | block[2 * i + 1]);
  encryptAesBlock(expandAesKey(key), halves, output);
  return Array.from(new BigUint64Array(output.buffer), (word) => word.toString(16).padStart(16, '0')).join('');
}

test('the key expansion gives the round keys of FIPS 197, appendix A.1', () => {
  const rounds = expandAesKey(fromHex('2b7e151628aed2a6abf7158809cf4f3c'));
  const hex = rounds.map((round) => round.map((half) => half.toString(16).padStart(4, '0')).join(''));
  assert.equal(hex.length, 11);
  assert.equal(hex[0], '2b7e151628aed2a6abf7158809cf4f3c');
  assert.equal(hex[1], 'a0fafe1788542cb123a339392a6c7605');
  assert.equal(hex[10], 'd014f9a8c9ee2589e13f0cc8b6630ca6');
});

test('encryption gives the blocks of FIPS 197, appendices B and C.1', () => {
  assert.equal(
    encrypt(fromHex('2b7e151628aed2a6abf7158809cf4f3c'), fromHex('3243f6a8885a308d313198a2e0370734')),
    '3925841d02dc09fbdc118597196a0b32',
  );
  assert.equal(
    encrypt(fromHex('000102030405060708090a0b0c0d0e0f'), fromHex('00112233445566778899aabbccddeeff')),
    '69c4e0d86a7b0430d8cdb78070b4c55a',
  );
});

test('encryption of 300 random blocks with random keys agrees with OpenSSL', () => {
  const random = new SeededRandom(197);
  for (let i = 0; i < 300; i++) {
    const key = random.bytes(16);
    const block = random.bytes(16);
    assert.equal(
      encrypt(key, block),
      createCipheriv('aes-128-ecb', key, null).update(block).toString('hex'),
      toHex(key),
    );
  }
});

test('a key that does not have 16 bytes is refused', () => {
  for (const length of [0, 15, 17, 24, 32]) {
    const message = `AES-128 key: expected 16 bytes, not ${length}`;
    assert.throws(
      () => expandAesKey(new Uint8Array(length)),
      (error) => error instanceof CryptoError && error.message === message,
    );
  }
});
