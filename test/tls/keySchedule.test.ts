/** Compares with the same derivations written on Node's HMAC (RFC 5246, sections 5, 6.3, 7.4.9 and 8.1; RFC 7627, section 4). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { finish } from '../../src/steps.ts';
import { deriveKeys, masterSecret, verifyData } from '../../src/tls/keySchedule.ts';
import { createRecordProtection, type RecordProtection } from '../../src/tls/recordProtection.ts';
import { createTranscript } from '../../src/tls/transcript.ts';
import { seededRandom } from '../support/tls/conversation.ts';
import { prf } from '../support/tls/server.ts';

const random = seededRandom('key schedule');
const randoms = random(64);
const sessionHash = random(32);

test('the master secret is right with and without extended_master_secret, and the pre-master secret is gone then', () => {
  const preMaster = random(32);
  const cases: [Uint8Array | null, string, Uint8Array][] = [
    [sessionHash, 'extended master secret', sessionHash],
    [null, 'master secret', randoms],
  ];
  for (const [hash, label, seed] of cases) {
    const given = preMaster.slice();
    assert.equal(toHex(finish(masterSecret(given, hash, randoms))), toHex(prf(preMaster, label, seed, 48)));
    assert.deepEqual([...given], Array(32).fill(0));
  }
});

test('each direction gets its own key and salt', () => {
  const master = random(48);
  const seed = Buffer.concat([randoms.subarray(32), randoms.subarray(0, 32)]);
  const block = prf(master, 'key expansion', seed, 40);
  const { client, server } = finish(deriveKeys(new HmacKey(master), randoms));
  const content = random(33);
  const same = (one: RecordProtection, key: number, salt: number): void => {
    const other = createRecordProtection(block.subarray(key, key + 16), block.subarray(salt, salt + 4));
    assert.equal(toHex(finish(one.seal(23, content))), toHex(finish(other.seal(23, content))));
  };
  same(client, 0, 32);
  same(server, 16, 36);
});

test('verify_data is computed as RFC 5246 says', () => {
  const master = random(48);
  for (const sender of ['client', 'server'] as const) {
    const data = finish(verifyData(new HmacKey(master), sender, sessionHash));
    assert.equal(toHex(data), toHex(prf(master, `${sender} finished`, sessionHash, 12)));
  }
});

test('a transcript is hashed in slices of 768 bytes at most, and its digest does not end it', () => {
  const transcript = createTranscript();
  const one = createTranscript();
  const bytes = random(5000);
  let slices = 0;
  const steps = transcript.update(bytes);
  while (steps.next().done !== true) slices += 1;
  assert.equal(slices, Math.ceil(5000 / 768) - 1);
  for (let at = 0; at < 5000; at += 250) {
    finish(one.update(bytes.subarray(at, at + 250)));
    one.digest();
  }
  assert.equal(toHex(one.digest()), toHex(transcript.digest()));
});
