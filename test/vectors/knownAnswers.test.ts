/** Elliptic curves: answers that were published together with every secret that went into them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import type { EcCurve } from '../../src/crypto/curve.ts';
import { verifyEcdsa } from '../../src/crypto/ecdsa.ts';
import { prepareEcdsaNonce, signEcdsa } from '../../src/crypto/ecdsaSign.ts';
import { generateKeyPair, sharedSecret } from '../../src/crypto/ecdh.ts';
import type { Random } from '../../src/crypto/random.ts';
import { finish } from '../../src/steps.ts';

/** A generator that makes the scalar drawn with it this one: randomScalar() adds 1 to what it gets. */
function drawing(scalar: bigint): Random {
  return (length) => bigIntToBytes(scalar - 1n, length);
}

/** ECDSA-Sig-Value, written here without any of src/. */
function der(r: string, s: string): Uint8Array {
  const integer = (hex: string): Buffer => {
    const bytes = Buffer.from(hex.replace(/^(00)+/, ''), 'hex');
    const padded = bytes[0] > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    return Buffer.concat([Buffer.of(2, padded.length), padded]);
  };
  const body = Buffer.concat([integer(r), integer(s)]);
  return Uint8Array.from(Buffer.concat([Buffer.of(0x30, body.length), body]));
}

test('key agreement on P-256 gives the values of RFC 5903, section 8.1', () => {
  const i = 0xc88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433n;
  const r = 0xc6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53n;
  const gi =
    '04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180' +
    '5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3';
  const gr =
    '04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63' +
    '56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab';
  const shared = 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de';
  assert.equal(toHex(finish(generateKeyPair('P-256', drawing(i))).publicKey), gi);
  assert.equal(toHex(finish(generateKeyPair('P-256', drawing(r))).publicKey), gr);
  assert.equal(toHex(finish(sharedSecret('P-256', i, fromHex(gr)))), shared);
  assert.equal(toHex(finish(sharedSecret('P-256', r, fromHex(gi)))), shared);
});

const SAMPLE = Buffer.from('sample');

test('a signature on P-256 with SHA-256 is made and verified as in RFC 6979, appendix A.2.5', () => {
  const x = 0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n;
  const k = 0xa6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60n;
  const point =
    '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
    '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299';
  const signature = der(
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
    'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  );
  const digest = createHash('sha256').update(SAMPLE).digest();
  assert.equal(toHex(finish(generateKeyPair('P-256', drawing(x))).publicKey), point);
  assert.equal(toHex(signEcdsa(x, digest, finish(prepareEcdsaNonce(drawing(k))))), toHex(signature));
  checkVerification('P-256', fromHex(point), digest, signature);
});

test('a signature on P-384 with SHA-384 is verified as in RFC 6979, appendix A.2.6', () => {
  const point =
    '04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13' +
    '8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720';
  const signature = der(
    '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46',
    '99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
  );
  checkVerification('P-384', fromHex(point), createHash('sha384').update(SAMPLE).digest(), signature);
});

/** Asserts that the signature is right, and wrong once a bit of it, or of what it signs, is another. */
function checkVerification(curve: EcCurve, point: Uint8Array, digest: Uint8Array, signature: Uint8Array): void {
  const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
  assert.equal(finish(verifyEcdsa(curve, point, digest, signature)), true);
  assert.equal(finish(verifyEcdsa(curve, point, flipped(digest), signature)), false);
  assert.equal(finish(verifyEcdsa(curve, point, digest, flipped(signature))), false);
}
