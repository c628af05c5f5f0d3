import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { prf } from '../../src/crypto/prf.ts';
import { finish } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

/** P_SHA256 as posted to the TLS working group, which the RFC's own text lacks: 100 bytes. */
const SECRET = '9bbe436ba940f017b17652849a71db35';
const SEED = 'a0ba9f936cda311827a6f796ffd5198c';
const LABEL = 'test label';
const OUTPUT =
  'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17' +
  'abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66';

test('the published vector is computed, and every shorter output is its beginning', () => {
  const secret = new HmacKey(fromHex(SECRET));
  for (let length = 0; length <= 100; length++) {
    assert.equal(toHex(finish(prf(secret, LABEL, fromHex(SEED), length))), OUTPUT.slice(0, 2 * length));
  }
});

test("outputs of the lengths that TLS uses agree with the definition over OpenSSL's HMAC", () => {
  const random = new SeededRandom(1);
  for (const [label, seedLength, length] of [
    ['master secret', 64, 48],
    ['extended master secret', 32, 48],
    ['key expansion', 64, 40],
    ['client finished', 32, 12],
  ] as const) {
    const [secret, seed] = [random.bytes(48), random.bytes(seedLength)];
    const hmac = (data: Uint8Array): Buffer => createHmac('sha256', secret).update(data).digest();
    const labelled = Buffer.concat([Buffer.from(label), seed]);
    const a1 = hmac(labelled);
    const a2 = hmac(a1);
    const expected = Buffer.concat([hmac(Buffer.concat([a1, labelled])), hmac(Buffer.concat([a2, labelled]))]);
    const steps = prf(new HmacKey(secret), label, seed, length);
    assert.equal(toHex(finish(steps)), expected.toString('hex', 0, length), label);
  }
});

test('the computation yields after every HMAC', () => {
  const key = new HmacKey(new Uint8Array(32));
  assert.equal([...prf(key, 'key expansion', new Uint8Array(64), 40)].length, 4);
});

test('the engine computes the same output', needsEngine, async () => {
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { HmacKey } from 'src/crypto/hmac.ts';
    import { prf } from 'src/crypto/prf.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    print(toHex(finish(prf(new HmacKey(fromHex('${SECRET}')), '${LABEL}', fromHex('${SEED}'), 100))));
  `);
  assert.deepEqual(lines, [OUTPUT]);
});
