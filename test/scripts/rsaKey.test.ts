import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';

function generate(modulusLength: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).privateKey;
}

const key = generate(2048);

test('the prepared numbers are those of the key', () => {
  const jwk = key.export({ format: 'jwk' });
  const [p, q, dP, dQ, qInv] = [jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map((text) =>
    BigInt(`0x${Buffer.from(text ?? '', 'base64url').toString('hex')}`),
  );
  assert.deepEqual(prepareRsaPrivateKey(key), { length: 256, exponent: 65_537, p, q, dP, dQ, qInv });
});

test('keys of another kind or size are refused', () => {
  const refused: [KeyObject, RegExp][] = [
    [createPublicKey(key), /not a public key of type rsa$/],
    [generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, /type ec$/],
    [generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey, /type rsa-pss$/],
    [generate(1024), /2048 to 4096 bits, a multiple of 64, not 1024$/],
    [generate(2056), /not 2056$/],
  ];
  for (const [other, message] of refused) {
    assert.throws(() => prepareRsaPrivateKey(other), { name: 'CryptoError', message });
  }
});

test('a key whose numbers do not fit together is refused', () => {
  const jwk = key.export({ format: 'jwk' });
  const other = generate(2048).export({ format: 'jwk' });
  const mixed = { key: { ...jwk, p: other.p ?? '' }, format: 'jwk' } as const;
  // From Node 26 on, OpenSSL itself refuses the key.
  assert.throws(
    () => prepareRsaPrivateKey(createPrivateKey(mixed)),
    /^CryptoError: RSA primes: expected two of 1024 bits each$|^TypeError: Invalid JWK RSA key$/,
  );
});
