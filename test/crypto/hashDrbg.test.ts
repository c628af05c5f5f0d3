import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { HashDrbg } from '../../src/crypto/hashDrbg.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

/**
 * NIST CAVP, drbgvectors_no_reseed, Hash_DRBG, SHA-256, no additional input, count 0 without and with a personalization
 * string: entropy, nonce and that string, then the second of two requests for 1,024 bits.
 */
const VECTORS = [
  {
    seed: 'a65ad0f345db4e0effe875c3a2e71f42c7129d620ff5c119a9ef55f05185e0fb8581f9317517276e06e9607ddbcbcc2e',
    output:
      'd3e160c35b99f340b2628264d1751060e0045da383ff57a57d73a673d2b8d80daaf6a6c35a91bb4579d73fd0c8fed111b0391306828adfed' +
      '528f018121b3febdc343e797b87dbb63db1333ded9d1ece177cfa6b71fe8ab1da46624ed6415e51ccde2c7ca86e283990eeaeb9112041552' +
      '8b2295910281b02dd431f4c9f70427df',
  },
  {
    seed:
      'dfeabab904bfe93a37bb5b1ea4a696f881ab5ab4be87ffbf2d4e8cdfaabb37fda2d458b475053a0346b57fc518849ba1' +
      'd15d5d9a4a3a41877b4ea98dbda5079ee393f6ab24105dbd70f5bf145772b15c',
    output:
      '86d8c63ed4a8a19f3429b4dd57ede5ca573e861712e631400645ceee763c37cf950bdcc4d9c886ead3f0f1bf46a63bf22bd2eb39b2dac61d' +
      '2e8c8f29e26045b3db56b2265adc8152d4f736c09ee90364a1e265eb5e77b0c5988c8fa52717fd33b6da760e78f2a7c27065227c47ac2134' +
      'b95b7dadbf96e4ea2dad78ef200e174b',
  },
];
const [{ seed: SEED }] = VECTORS;

test('the generator gives the published bytes of NIST, with and without a personalization string', () => {
  for (const { seed, output } of VECTORS) {
    const drbg = new HashDrbg(fromHex(seed));
    drbg.generate(128);
    assert.equal(toHex(drbg.generate(128)), output);
  }
});

test('a short request gives the beginning of a longer one, for every length to 100', () => {
  const random = new SeededRandom(1);
  for (let length = 1; length <= 100; length++) {
    const seed = random.bytes(32 + random.below(100));
    assert.deepEqual(new HashDrbg(seed).generate(length), new HashDrbg(seed).generate(128).slice(0, length));
  }
});

test('no output is ever given twice, whatever lengths are asked for', () => {
  const random = new SeededRandom(2);
  const drbg = new HashDrbg(random.bytes(48));
  const seen = new Set<string>();
  let outputs = 0;
  for (let run = 0; run < 500; run++) {
    for (const length of [random.below(3), 8, 32, 33]) {
      const output = drbg.generate(length);
      assert.equal(output.length, length);
      if (length < 8) continue;
      seen.add(toHex(output.subarray(0, 8)));
      outputs += 1;
    }
  }
  assert.equal(seen.size, outputs);
});

test('what was returned can neither be found in the generator afterwards nor be changed from outside', () => {
  const [drbg, twin] = [new HashDrbg(fromHex(SEED)), new HashDrbg(fromHex(SEED))];
  const output = drbg.generate(32);
  const inside = JSON.stringify(drbg, (_, value: unknown) => (typeof value === 'bigint' ? value.toString(16) : value));
  assert.ok(!inside.includes(toHex(output)));
  assert.deepEqual(output, twin.generate(32));
  output.fill(0);
  assert.deepEqual(drbg.generate(32), twin.generate(32));
});

test('seeds below 32 bytes and requests above 65,536 are refused', () => {
  assert.throws(() => new HashDrbg(new Uint8Array(31)), new CryptoError('expected 32 bytes of entropy, got 31'));
  const drbg = new HashDrbg(new Uint8Array(32));
  assert.throws(() => drbg.generate(65537), new CryptoError('65537 bytes at once, 65536 are allowed'));
});

test('the engine generates the same bytes', needsEngine, async () => {
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { HashDrbg } from 'src/crypto/hashDrbg.ts';
    declare function print(text: string): void;
    const drbg = new HashDrbg(fromHex('${SEED}'));
    drbg.generate(128);
    print(toHex(drbg.generate(128)));
  `);
  assert.deepEqual(lines, [VECTORS[0].output]);
});
