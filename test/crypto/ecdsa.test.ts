import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { concat, fromHex, toHex } from '../../src/bytes/encoding.ts';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes/bigint.ts';
import { type Combs, prepareVerification } from '../../src/crypto/comb.ts';
import type { EcCurve } from '../../src/crypto/curve.ts';
import { verifyEcdsa } from '../../src/crypto/ecdsa.ts';
import { prepareEcdsaNonce, signEcdsa } from '../../src/crypto/ecdsaSign.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { finish } from '../../src/steps.ts';
import { CURVES, multipleOfBase, noble, randomBelow } from '../support/curves.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

const digestOf = (hash: string, message: string): Uint8Array =>
  new Uint8Array(createHash(hash).update(message).digest());

/** An INTEGER in DER, written another way than the code under test does. */
function integer(value: bigint): Uint8Array {
  let hex = value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (parseInt(hex.slice(0, 2), 16) > 127) hex = `00${hex}`;
  return concat(Uint8Array.of(2, hex.length / 2), fromHex(hex));
}

function sequence(...parts: Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(Uint8Array.of(0x30, body.length), body);
}

const der = (r: bigint, s: bigint): Uint8Array => sequence(integer(r), integer(s));

/** Hands out k once, as `prepareEcdsaNonce()` draws it. */
const drawing =
  (k: bigint) =>
  (length: number): Uint8Array =>
    bigIntToBytes(k - 1n, length);

/** RFC 6979, appendix A.2.5: its k are used here as if they were drawn. */
const P256_KEY = 0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n;
const P256_PUBLIC = fromHex(
  '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
    '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
);
const RFC_6979_P256 = [
  {
    message: 'sample',
    hash: 'sha256',
    k: 0xa6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60n,
    r: 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n,
    s: 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n,
  },
  {
    message: 'sample',
    hash: 'sha384',
    k: 0x09f634b188cefd98e7ec88b1aa9852d734d0bc272f7d2a47decc6ebeb375aad4n,
    r: 0x0eafea039b20e9b42309fb1d89e213057cbf973dc0cfc8f129edddc800ef7719n,
    s: 0x4861f0491e6998b9455193e34e7b0d284ddd7149a74b95b9261f13abde940954n,
  },
  {
    message: 'test',
    hash: 'sha256',
    k: 0xd16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0n,
    r: 0xf1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367n,
    s: 0x019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083n,
  },
  {
    message: 'test',
    hash: 'sha384',
    k: 0x16aeffa357260b04b1dd199693960740066c1a8f3e8edd79070aa914d361b3b8n,
    r: 0x83910e8b48bb0c74244ebdf7f07a1c5413d61472bd941ef3920e623fbccebeb6n,
    s: 0x8ddbec54cf8cd5874883841d712142a56a8d0f218f5003cb0296b6b509619f2cn,
  },
];

/** RFC 6979, appendix A.2.6. */
const P384_PUBLIC = fromHex(
  '04ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13' +
    '8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
);
const RFC_6979_P384 = [
  {
    message: 'sample',
    hash: 'sha384',
    r: 0x94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46n,
    s: 0x99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8n,
  },
  {
    message: 'sample',
    hash: 'sha256',
    r: 0x21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d8fb2cdn,
    s: 0xf3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0n,
  },
  {
    message: 'test',
    hash: 'sha384',
    r: 0x8203b63d3c853e8d77227fb377bcf7b7b772e97892a80f36ab775d509d7a5feb0542a7f0812998da8f1dd3ca3cf023dbn,
    s: 0xddd0760448d42d8a43af45af836fce4de8be06b485e9b61b827c2f13173923e06a739f040649a667bf3b828246baa5a5n,
  },
];

for (const { message, hash, k, r, s } of RFC_6979_P256) {
  test(`RFC 6979, A.2.5: ${message} is signed with ${hash} and the published k, and verified`, () => {
    const digest = digestOf(hash, message);
    const signature = signEcdsa(P256_KEY, digest, finish(prepareEcdsaNonce(drawing(k))));
    assert.equal(toHex(signature), toHex(der(r, s)));
    assert.equal(finish(verifyEcdsa('P-256', P256_PUBLIC, digest, signature)), true);
  });
}

for (const { message, hash, r, s } of RFC_6979_P384) {
  test(`RFC 6979, A.2.6: the published signature of ${message} with ${hash} is verified`, () => {
    assert.equal(finish(verifyEcdsa('P-384', P384_PUBLIC, digestOf(hash, message), der(r, s))), true);
  });
}

test('the k of a nonce is drawn again until it lies from 1 to n − 1', () => {
  const { n } = noble['P-256'].Point.CURVE();
  const drawn = [n - 1n, n, 4n];
  const { r, kInverse } = finish(prepareEcdsaNonce((length) => bigIntToBytes(drawn.shift() as bigint, length)));
  assert.equal((kInverse * 5n) % n, 1n);
  assert.equal(r, noble['P-256'].Point.BASE.multiply(5n).x % n);
  assert.deepEqual(drawn, []);
});

test('a nonce signs only once; the second time is refused, and so is an unknown nonce', () => {
  const digest = digestOf('sha256', 'sample');
  const nonce = finish(prepareEcdsaNonce(drawing(12345n)));
  signEcdsa(P256_KEY, digest, nonce);
  assert.throws(() => signEcdsa(P256_KEY, digest, nonce), { name: 'CryptoError', message: /nonce/ });
  assert.throws(() => signEcdsa(P256_KEY, digestOf('sha256', 'test'), nonce), CryptoError);
});

test('a signature that fails uses its nonce up as well', () => {
  // s = (digest + r·key)/k is 0 for this digest.
  const { n } = noble['P-256'].Point.CURVE();
  const nonce = finish(prepareEcdsaNonce(drawing(12345n)));
  const digest = bigIntToBytes(n - ((nonce.r * P256_KEY) % n), 32);
  assert.throws(() => signEcdsa(P256_KEY, digest, nonce), { name: 'CryptoError', message: /s is 0/ });
  assert.throws(() => signEcdsa(P256_KEY, digestOf('sha256', 'test'), nonce), {
    name: 'CryptoError',
    message: /nonce/,
  });
});

test('Node verifies our signatures, in strict DER of any length, with keys at both ends of the range', () => {
  const { n } = noble['P-256'].Point.CURVE();
  const random = new SeededRandom(32);
  const lengths = new Set<number>();
  for (let i = 0; i < 150; i++) {
    const key = i === 0 ? 1n : i === 1 ? n - 1n : 1n + randomBelow(random, n - 1n);
    const digest = i === 2 ? new Uint8Array(32) : i === 3 ? new Uint8Array(32).fill(255) : random.bytes(32);
    const signature = signEcdsa(key, digest, finish(prepareEcdsaNonce((length) => random.bytes(length))));
    lengths.add(signature.length);
    const publicKey = fromHex(multipleOfBase('P-256', key) as string);
    const options = { prehash: false, lowS: false, format: 'der' } as const;
    assert.equal(noble['P-256'].verify(signature, digest, publicKey, options), true);
    assert.equal(finish(verifyEcdsa('P-256', publicKey, digest, signature)), true);
  }
  assert.deepEqual(
    [...lengths].filter((length) => length >= 70).sort((a, b) => a - b),
    [70, 71, 72],
  );
});

for (const name of CURVES) {
  const { p, n } = noble[name].Point.CURVE();
  const { Fn } = noble[name].Point;
  const size = name === 'P-256' ? 32 : 48;
  const check = (publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean =>
    finish(verifyEcdsa(name, publicKey, digest, signature));

  test(`${name}: a signature by OpenSSL is verified, and refused if one bit differs`, () => {
    const hash = name === 'P-256' ? 'sha256' : 'sha384';
    const random = new SeededRandom(33);
    for (let i = 0; i < 6; i++) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: name });
      const point = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-(2 * size + 1)));
      const message = random.bytes(50);
      const signature = new Uint8Array(sign(hash, message, privateKey));
      assert.equal(verify(hash, message, publicKey, signature), true);
      const digest = new Uint8Array(createHash(hash).update(message).digest());
      assert.equal(check(point, digest, signature), true);
      for (const bytes of [digest, signature]) {
        const at = bytes === digest ? random.below(size) : 10 + random.below(20);
        bytes[at] ^= 1 << random.below(8);
        assert.equal(check(point, digest, signature), false);
        if (bytes === digest) bytes.set(createHash(hash).update(message).digest());
      }
    }
  });

  const publicOf = (key: bigint): Uint8Array => fromHex(multipleOfBase(name, key) as string);

  test(`${name}: s and n − s are both accepted`, () => {
    const digest = digestOf('sha256', 'either half');
    const [key, k] = [77n, 99n];
    const r = noble[name].Point.BASE.multiply(k).x % n;
    const s = Fn.mul(Fn.inv(k), Fn.create(bytesToBigInt(digest) + r * key));
    assert.equal(check(publicOf(key), digest, der(r, s)), true);
    assert.equal(check(publicOf(key), digest, der(r, n - s)), true);
  });

  test(`${name}: r and s outside 1 … n − 1 are refused`, () => {
    const digest = digestOf('sha256', 'ranges');
    const [key, k] = [77n, 99n];
    const r = noble[name].Point.BASE.multiply(k).x % n;
    const s = Fn.mul(Fn.inv(k), Fn.create(bytesToBigInt(digest) + r * key));
    assert.equal(check(publicOf(key), digest, der(r, s)), true);
    for (const bad of [0n, n, n + 1n, p, (1n << BigInt(8 * size)) - 1n, 1n << 500n]) {
      assert.equal(check(publicOf(key), digest, der(bad, s)), false, `r = ${bad}`);
      assert.equal(check(publicOf(key), digest, der(r, bad)), false, `s = ${bad}`);
    }
    assert.equal(check(publicOf(key), digest, der(r + n, s)), false, 'r + n');
    assert.equal(check(publicOf(key), digest, der(r, s + n)), false, 's + n');
    // A careless verifier accepts this as a signature of anything (CVE-2022-21449).
    assert.equal(check(publicOf(key), digest, der(0n, 0n)), false);
  });

  test(`${name}: signatures are verified where u1 is 0, because the digest is 0 or n, and where the digest exceeds n`, () => {
    const [key, k] = [5n, 6n];
    const r = noble[name].Point.BASE.multiply(k).x % n;
    const s = Fn.mul(Fn.inv(k), Fn.mul(r, key));
    assert.equal(check(publicOf(key), new Uint8Array(size), der(r, s)), true);
    assert.equal(check(publicOf(key), bigIntToBytes(n, size), der(r, s)), true);
    assert.equal(check(publicOf(key), bigIntToBytes(1n, size), der(r, s)), false);
    const top = new Uint8Array(size).fill(255);
    const high = Fn.mul(Fn.inv(k), Fn.create(bytesToBigInt(top) + r * key));
    assert.equal(check(publicOf(key), top, der(r, high)), true);
  });

  test(`${name}: a signature for which u1·G + u2·Q is infinity is refused`, () => {
    // u1 + u2·key = 0 (mod n), so digest = −r·key.
    const [key, r, s] = [123n, 456n, 789n];
    const digest = bigIntToBytes(n - r * key, size);
    assert.equal(check(publicOf(key), digest, der(r, s)), false);
  });

  test(`${name}: signatures are verified where u1·G and u2·Q are equal or opposite, and where Q is ±G`, () => {
    const random = new SeededRandom(34);
    for (const key of [1n, n - 1n, 2n, n - 2n, 1n + randomBelow(random, n - 1n)]) {
      const half = 1n + randomBelow(random, n - 1n);
      // k = 2·half, u1 = half and u2·key = half
      const r = noble[name].Point.BASE.multiply(Fn.create(2n * half)).x % n;
      const u2 = Fn.mul(half, Fn.inv(key));
      const s = Fn.mul(r, Fn.inv(u2));
      const digest = bigIntToBytes(Fn.mul(half, s), size);
      assert.equal(check(publicOf(key), digest, der(r, s)), true);
    }
  });

  test(`${name}: a point whose x lies from n to p − 1 matches r = x − n`, () => {
    const { Point } = noble[name];
    const prefixed = (x: bigint): Uint8Array => concat(Uint8Array.of(2), bigIntToBytes(x, size));
    let found = 0;
    for (let x = n; found < 3; x++) {
      let R;
      try {
        R = Point.fromBytes(prefixed(x));
      } catch {
        continue;
      }
      if (x === n) continue; // r = 0
      found++;
      const r = x - n;
      // Q is made so that u1·G + u2·Q = R.
      const [u1, u2] = [11n, 13n];
      const Q = R.subtract(Point.BASE.multiply(u1)).multiply(Fn.inv(u2));
      const s = Fn.mul(r, Fn.inv(u2));
      const digest = bigIntToBytes(Fn.mul(u1, s), size);
      assert.equal(check(Q.toBytes(false), digest, der(r, s)), true, `r = ${r}`);
      // and x itself is not below n
      assert.equal(check(Q.toBytes(false), digest, der(x, s)), false);
    }
  });

  test(`${name}: the verifier does not try r + n beyond p`, () => {
    // R's x is r + n − p, which is r + n modulo p, but r is not x modulo n.
    const { Point } = noble[name];
    for (let x = 1n, found = 0; found < 3; x++) {
      let R;
      try {
        R = Point.fromBytes(concat(Uint8Array.of(2), bigIntToBytes(x, size)));
      } catch {
        continue;
      }
      found++;
      const r = x + p - n;
      const [u1, u2] = [11n, 13n];
      const Q = R.subtract(Point.BASE.multiply(u1)).multiply(Fn.inv(u2));
      const s = Fn.mul(r, Fn.inv(u2));
      assert.equal(check(Q.toBytes(false), bigIntToBytes(Fn.mul(u1, s), size), der(r, s)), false);
    }
  });

  test(`${name}: only the first bytes of a longer digest count`, () => {
    const [key, k] = [77n, 99n];
    const digest = concat(digestOf('sha512', 'long'), Uint8Array.of(1, 2, 3));
    const r = noble[name].Point.BASE.multiply(k).x % n;
    const s = Fn.mul(Fn.inv(k), Fn.create(bytesToBigInt(digest.subarray(0, size)) + r * key));
    assert.equal(check(publicOf(key), digest, der(r, s)), true);
  });

  test(`${name}: a public key that is not a point of the curve is refused`, () => {
    const digest = digestOf('sha256', 'sample');
    const good = publicOf(3n);
    const other = name === 'P-256' ? P384_PUBLIC : P256_PUBLIC;
    const moved = good.slice();
    moved[2 * size] ^= 1;
    for (const bad of [
      new Uint8Array(0),
      Uint8Array.of(0),
      good.subarray(1),
      concat(good, Uint8Array.of(0)),
      moved,
      other,
    ]) {
      assert.throws(() => finish(verifyEcdsa(name, bad, digest, der(1n, 1n))), CryptoError, toHex(bad));
    }
  });
}

const [{ r, s }] = RFC_6979_P256;
const [R, S] = [integer(r), integer(s)];
const long = (tag: number, body: Uint8Array): Uint8Array => concat(Uint8Array.of(tag, 0x81, body.length), body);

const MALFORMED: [string, Uint8Array][] = [
  ['nothing', new Uint8Array(0)],
  ['only a tag', Uint8Array.of(0x30)],
  ['an empty sequence', Uint8Array.of(0x30, 0)],
  ['r alone', sequence(R)],
  ['three integers', sequence(R, S, S)],
  ['a byte behind the sequence', concat(sequence(R, S), Uint8Array.of(0))],
  ['a byte within it', sequence(R, S, Uint8Array.of(0))],
  ['NULL within it', sequence(R, S, Uint8Array.of(5, 0))],
  ['its last byte missing', sequence(R, S).subarray(0, -1)],
  ['a sequence one byte too long', concat(Uint8Array.of(0x30, R.length + S.length + 1), R, S)],
  ['a sequence one byte too short', concat(Uint8Array.of(0x30, R.length + S.length - 1), R, S)],
  ['a SET', concat(Uint8Array.of(0x31, R.length + S.length), R, S)],
  ['a sequence length of two bytes', long(0x30, concat(R, S))],
  ['an integer length of two bytes', sequence(long(2, R.subarray(2)), S)],
  ['a length of three bytes', concat(Uint8Array.of(0x30, 0x82, 0, R.length + S.length), R, S)],
  ['an indefinite length', concat(Uint8Array.of(0x30, 0x80), R, S, Uint8Array.of(0, 0))],
  ['r with a zero too many', sequence(concat(Uint8Array.of(2, 34, 0), R.subarray(2)), S)],
  ['s with a zero too many', sequence(R, concat(Uint8Array.of(2, 34, 0), S.subarray(2)))],
  ['r without its zero, and so negative', sequence(concat(Uint8Array.of(2, 32), R.subarray(3)), S)],
  ['r empty', sequence(Uint8Array.of(2, 0), S)],
  ['s empty', sequence(R, Uint8Array.of(2, 0))],
  ['r as a BIT STRING', sequence(concat(Uint8Array.of(3, 33), R.subarray(2)), S)],
  ['s as an OCTET STRING', sequence(R, concat(Uint8Array.of(4, 33), S.subarray(2)))],
  ['r longer than the sequence', concat(Uint8Array.of(0x30, R.length, 2, 60), R.subarray(2))],
  ['r and s side by side, not in DER', concat(bigIntToBytes(r, 32), bigIntToBytes(s, 32))],
  ['129 bytes, which a lenient reader takes for a length', concat(Uint8Array.of(0x30, 0x81), new Uint8Array(129))],
  ['r of 100 bytes', sequence(concat(Uint8Array.of(2, 100, 1), new Uint8Array(99)), Uint8Array.of(2, 1, 1))],
];

for (const [title, signature] of MALFORMED) {
  test(`a malformed signature is refused: ${title}`, () => {
    assert.equal(finish(verifyEcdsa('P-256', P256_PUBLIC, digestOf('sha256', 'sample'), signature)), false);
  });
}

test('a prepared key verifies the same signatures, and a point that is not on P-256 is refused', () => {
  const privateKey = 0x123456789n;
  const publicKey = fromHex(multipleOfBase('P-256', privateKey) as string);
  const signature = signEcdsa(privateKey, digestOf('sha256', 'sample'), finish(prepareEcdsaNonce(drawing(77n))));
  const verifies = (): boolean[] =>
    ['sample', 'test'].map((message) =>
      finish(verifyEcdsa('P-256', publicKey, digestOf('sha256', message), signature, combs)),
    );
  const combs: Combs = [];
  assert.deepEqual(verifies(), [true, false]);
  finish(prepareVerification(publicKey, combs));
  assert.deepEqual(verifies(), [true, false]);
  publicKey[64] ^= 1;
  assert.throws(() => finish(prepareVerification(publicKey, combs)), CryptoError);
});

test('a signature with any of its bytes changed is refused, without an exception', () => {
  const digest = digestOf('sha256', 'sample');
  const signature = sequence(R, S);
  for (let at = 0; at < signature.length; at++) {
    // The numbers themselves were changed above; here it is the bytes around them, and the ends.
    if (at > 8 && at < 34 && at % 8 !== 0) continue;
    for (const bit of [1, 128]) {
      const changed = signature.slice();
      changed[at] ^= bit;
      assert.equal(finish(verifyEcdsa('P-256', P256_PUBLIC, digest, changed)), false, `byte ${at}`);
    }
  }
});

test('the engine signs and verifies', needsEngine, async () => {
  const cases: { curve: EcCurve; point: string; digest: string; signature: string; valid: boolean }[] = [];
  const digest = digestOf('sha256', 'sample');
  for (const { message, hash, r, s } of RFC_6979_P256) {
    const signature = toHex(der(r, s));
    cases.push({
      curve: 'P-256',
      point: toHex(P256_PUBLIC),
      digest: toHex(digestOf(hash, message)),
      signature,
      valid: true,
    });
  }
  for (const { message, hash, r, s } of RFC_6979_P384) {
    const signature = toHex(der(r, s));
    cases.push({
      curve: 'P-384',
      point: toHex(P384_PUBLIC),
      digest: toHex(digestOf(hash, message)),
      signature,
      valid: true,
    });
    const wrong = toHex(der(r, s - 1n));
    cases.push({
      curve: 'P-384',
      point: toHex(P384_PUBLIC),
      digest: toHex(digestOf(hash, message)),
      signature: wrong,
      valid: false,
    });
  }
  for (const [, signature] of MALFORMED) {
    cases.push({
      curve: 'P-256',
      point: toHex(P256_PUBLIC),
      digest: toHex(digest),
      signature: toHex(signature),
      valid: false,
    });
  }
  // Equal and opposite points in the middle of a sum, and infinity.
  for (const [key, u1] of [
    [1n, 1n],
    [2n, 2n],
    [noble['P-256'].Point.CURVE().n - 1n, 1n],
  ]) {
    const { Fn, BASE } = noble['P-256'].Point;
    const sum = Fn.create(u1 + key);
    const r = sum === 0n ? 1n : BASE.multiply(sum).x;
    const point = multipleOfBase('P-256', key) as string;
    const digest = toHex(bigIntToBytes(Fn.mul(u1, r), 32));
    cases.push({ curve: 'P-256', point, digest, signature: toHex(der(r, r)), valid: sum !== 0n });
  }
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { bigIntToBytes } from 'src/bytes/bigint.ts';
    import { type Combs, prepareVerification } from 'src/crypto/comb.ts';
    import type { EcCurve } from 'src/crypto/curve.ts';
    import { verifyEcdsa } from 'src/crypto/ecdsa.ts';
    import { prepareEcdsaNonce, signEcdsa } from 'src/crypto/ecdsaSign.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    for (const { curve, point, digest, signature } of ${JSON.stringify(cases)}) {
      const combs: Combs = [];
      const verifies = () =>
        finish(verifyEcdsa(curve as EcCurve, fromHex(point), fromHex(digest), fromHex(signature), combs));
      const plain = verifies();
      if (curve === 'P-256') finish(prepareVerification(fromHex(point), combs));
      print(plain + ' ' + verifies());
    }
    for (const [k, digest] of ${JSON.stringify(
      RFC_6979_P256.map(({ k, hash, message }) => [String(k), toHex(digestOf(hash, message))]),
    )}) {
      const nonce = finish(prepareEcdsaNonce((length) => bigIntToBytes(BigInt(k) - 1n, length)));
      print(toHex(signEcdsa(${P256_KEY}n, fromHex(digest), nonce)));
    }
  `);
  assert.deepEqual(lines, [
    ...cases.map(({ valid }) => `${valid} ${valid}`),
    ...RFC_6979_P256.map(({ r, s }) => toHex(der(r, s))),
  ]);
});
