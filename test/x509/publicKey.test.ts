import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicKeyInfo } from '../../scripts/lib/certificates.ts';
import { bitString, integer, nul, oid, sequence, tagged } from '../../scripts/lib/der.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { DerReader } from '../../src/x509/der.ts';
import type { CertificateProblem } from '../../src/x509/errors.ts';
import { type PublicKey, readPublicKey } from '../../src/x509/publicKey.ts';
import { ecKey, problem } from './certificates.ts';

function read(der: Uint8Array): PublicKey {
  return readPublicKey(new DerReader(Uint8Array.from(der), 'leaf'));
}

function refuses(der: Uint8Array, reason: CertificateProblem, message: RegExp): void {
  assert.throws(() => read(der), problem(reason, message));
}

const RSA = [oid('1.2.840.113549.1.1.1'), nul()];
const EC = oid('1.2.840.10045.2.1');
const SECP256R1 = oid('1.2.840.10045.3.1.7');
const SECP384R1 = oid('1.3.132.0.34');

/** An odd modulus of `octets` octets. */
function modulus(octets: number, first = 0x80): Buffer {
  return Buffer.concat([Buffer.of(first), Buffer.alloc(octets - 2, 0x55), Buffer.of(1)]);
}

function rsa(n: Uint8Array | number, e: Uint8Array | number = 65537, ...more: Uint8Array[]): Buffer {
  return sequence(sequence(...RSA), bitString(sequence(integer(n), integer(e), ...more)));
}

test('RSA keys of 2048 to 4096 bits are read', () => {
  for (const octets of [256, 257, 384, 512]) {
    const key = read(rsa(modulus(octets)));
    assert.deepEqual(key, { type: 'rsa', modulus: Uint8Array.from(modulus(octets)), exponent: 65537 });
  }
});

test('RSA below 2048 bits is weak', () => {
  refuses(rsa(modulus(128)), 'weak', /^leaf: weak, expected RSA of 2048 bits$/);
  refuses(rsa(modulus(255)), 'weak', /2048 bits/);
  refuses(rsa(modulus(256, 0x7f)), 'weak', /2048 bits/);
});

test('RSA keys above 4096 bits, or not of whole octets, are not supported', () => {
  refuses(rsa(modulus(513)), 'unsupported', /beyond 4096 bits/);
  refuses(rsa(modulus(512, 0x7f)), 'unsupported', /odd size/);
  refuses(rsa(modulus(257, 0x01)), 'unsupported', /odd size/);
});

test('RSA exponents are refused unless they are odd, above 1 and below 2^31', () => {
  for (const e of [3, 17, 65537, 0x7fffffff]) {
    const key = read(rsa(modulus(256), e));
    assert.equal(key.type === 'rsa' && key.exponent, e);
  }
  for (const e of [0, 1, 2, 65536]) refuses(rsa(modulus(256), e), 'malformed', /odd n, e > 1/);
  for (const e of [0x80000001, 0xffffffff, 2 ** 40 + 1]) refuses(rsa(modulus(256), e), 'unsupported', /odd size/);
  refuses(rsa(modulus(256), Buffer.concat([Buffer.alloc(200, 0x11)])), 'unsupported', /odd size/);
});

test('an even RSA modulus is refused', () => {
  refuses(rsa(Buffer.concat([modulus(255), Buffer.of(2)])), 'malformed', /odd n/);
});

test('RSA keys that are not encoded strictly are refused', () => {
  const key = sequence(integer(modulus(256)), integer(65537));
  refuses(sequence(sequence(RSA[0]), bitString(key)), 'unsupported', /RSA, P-256/); // NULL is missing
  refuses(sequence(sequence(RSA[0], nul(), nul()), bitString(key)), 'unsupported', /RSA, P-256/);
  refuses(sequence(sequence(...RSA), bitString(key), nul()), 'malformed', /expected the end/);
  refuses(sequence(sequence(...RSA), bitString(Buffer.concat([key, nul()]))), 'malformed', /expected the end/);
  refuses(sequence(sequence(...RSA), bitString(key, 1)), 'malformed', /whole octets/);
  refuses(rsa(modulus(256), 65537, integer(1)), 'malformed', /expected the end/);
  const negative = sequence(tagged(2, modulus(256)), integer(65537));
  refuses(sequence(sequence(...RSA), bitString(negative)), 'malformed', /INTEGER >= 0/);
  const padded = sequence(tagged(2, Buffer.of(0, 0), modulus(256)), integer(65537));
  refuses(sequence(sequence(...RSA), bitString(padded)), 'malformed', /shortest INTEGER/);
  const paddedExponent = sequence(integer(modulus(256)), tagged(2, Buffer.of(0, 3)));
  refuses(sequence(sequence(...RSA), bitString(paddedExponent)), 'malformed', /shortest INTEGER/);
});

test('points on P-256 and P-384 are read', () => {
  for (const [curve, length] of [
    ['P-256', 65],
    ['P-384', 97],
  ] as const) {
    const der = publicKeyInfo(ecKey(curve));
    const key = read(der);
    assert.ok(key.type === 'ec');
    assert.equal(key.curve, curve);
    assert.equal(toHex(key.point), toHex(der.subarray(-length)));
  }
});

test('other curves and keys are not supported', () => {
  const point = bitString(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)]));
  refuses(publicKeyInfo(ecKey('P-521')), 'unsupported', /RSA, P-256 or P-384/);
  refuses(sequence(sequence(EC), point), 'unsupported', /P-256/); // implicit curve
  refuses(sequence(sequence(EC, sequence(integer(1))), point), 'unsupported', /P-256/); // explicit curve
  refuses(sequence(sequence(EC, SECP256R1, nul()), point), 'unsupported', /P-256/);
  refuses(sequence(sequence(oid('1.3.132.1.12'), SECP256R1), point), 'unsupported', /P-256/); // ECDH only
  refuses(sequence(sequence(oid('1.3.101.112')), bitString(Buffer.alloc(32, 1))), 'unsupported', /P-256/); // Ed25519
});

test('points are refused unless they are uncompressed and as long as the curve wants', () => {
  const key = (curve: Uint8Array, ...octets: Uint8Array[]): Buffer =>
    sequence(sequence(EC, curve), bitString(Buffer.concat(octets)));
  assert.doesNotThrow(() => read(key(SECP256R1, Buffer.of(4), Buffer.alloc(64, 1))));
  for (const bad of [
    key(SECP256R1, Buffer.of(2), Buffer.alloc(32, 1)), // compressed
    key(SECP256R1, Buffer.of(6), Buffer.alloc(64, 1)), // hybrid
    key(SECP256R1, Buffer.of(4), Buffer.alloc(63, 1)),
    key(SECP256R1, Buffer.of(4), Buffer.alloc(96, 1)),
    key(SECP384R1, Buffer.of(4), Buffer.alloc(64, 1)),
    key(SECP256R1, Buffer.of(0)), // infinity
    key(SECP256R1),
  ]) {
    refuses(bad, 'malformed', /expected 04 and (64|96) bytes/);
  }
});
