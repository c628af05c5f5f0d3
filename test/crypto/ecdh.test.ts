import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FpLegendre } from '@noble/curves/abstract/modular.js';
import { p256 } from '@noble/curves/nist.js';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes/bigint.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { generateKeyPair, sharedSecret } from '../../src/crypto/ecdh.ts';
import { finish } from '../../src/steps.ts';
import { multipleOfBase } from '../support/curves.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

const { p, n } = p256.Point.CURVE();

interface Exchange {
  title: string;
  privateKey: string;
  /** X and Y. */
  peer: string;
  secret: string;
}

const VECTORS: Exchange[] = [
  {
    title: 'NIST CAVS 14.1, ECC CDH primitive, P-256, count 0',
    privateKey: '7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534',
    peer:
      '700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287' +
      'db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac',
    secret: '46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b',
  },
  {
    title: 'NIST CAVS 14.1, ECC CDH primitive, P-256, count 1',
    privateKey: '38f65d6dce47676044d58ce5139582d568f64bb16098d179dbab07741dd5caf5',
    peer:
      '809f04289c64348c01515eb03d5ce7ac1a8cb9498f5caa50197e58d43a86a7ae' +
      'b29d84e811197f25eba8f5194092cb6ff440e26d4421011372461f579271cda3',
    secret: '057d636096cb80b67a8c038c890e887d1adfa4195e9b3ce241c8a778c59cda67',
  },
  {
    title: 'NIST CAVS 14.1, ECC CDH primitive, P-256, count 2',
    privateKey: '1accfaf1b97712b85a6f54b148985a1bdc4c9bec0bd258cad4b3d603f49f32c8',
    peer:
      'a2339c12d4a03c33546de533268b4ad667debf458b464d77443636440ee7fec3' +
      'ef48a3ab26e20220bcda2c1851076839dae88eae962869a497bf73cb66faf536',
    secret: '2d457b78b4614132477618a5b077965ec90730a8c81a1c75d6d4ec68005d67ec',
  },
  {
    title: 'RFC 5903, section 8.1, initiator',
    privateKey: 'c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433',
    peer:
      'd12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63' +
      '56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab',
    secret: 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de',
  },
  {
    title: 'RFC 5903, section 8.1, responder',
    privateKey: 'c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53',
    peer:
      'dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180' +
      '5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
    secret: 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de',
  },
];

function agree({ privateKey, peer }: Exchange): string {
  return toHex(finish(sharedSecret('P-256', BigInt(`0x${privateKey}`), fromHex(`04${peer}`))));
}

for (const vector of VECTORS) {
  test(`the shared secret is that of ${vector.title}`, () => {
    assert.equal(agree(vector), vector.secret);
  });
}

test('shared secrets agree with noble, also where X begins with zeros', () => {
  const random = new SeededRandom(21);
  let short = 0;
  for (let i = 0; i < 120; i++) {
    const own = 1n + (bytesToBigInt(random.bytes(40)) % (n - 1n));
    // Small private keys come out at points that are easily enumerated, some with a short X among them.
    const scalar = i < 60 ? BigInt(i + 1) : own;
    const peer = p256.Point.BASE.multiply(own).toBytes(false);
    const expected = p256.Point.fromBytes(peer).multiply(scalar).toBytes(false).subarray(1, 33);
    if (expected[0] === 0) short++;
    assert.deepEqual(finish(sharedSecret('P-256', scalar, peer)), expected, `${scalar} with ${toHex(peer)}`);
  }
  assert.ok(short > 0, 'no X began with a zero');
});

test('a key pair takes its private key from 32 random bytes, and both sides compute the same secret with it', () => {
  const random = new SeededRandom(22);
  const [own, peer] = [0, 1].map(() => finish(generateKeyPair('P-256', (length) => random.bytes(length))));
  for (const { privateKey, publicKey } of [own, peer]) {
    assert.equal(toHex(publicKey), multipleOfBase('P-256', privateKey));
  }
  assert.notEqual(own.privateKey, peer.privateKey);
  assert.deepEqual(
    finish(sharedSecret('P-256', own.privateKey, peer.publicKey)),
    finish(sharedSecret('P-256', peer.privateKey, own.publicKey)),
  );
});

test('a private key lies from 1 to n − 1: a number outside is drawn again, not reduced', () => {
  const draw = (...numbers: bigint[]): bigint => {
    const left = [...numbers];
    const random = (length: number): Uint8Array => {
      assert.equal(length, 32);
      const next = left.shift();
      assert.ok(next !== undefined, 'drawn once too often');
      return bigIntToBytes(next, 32);
    };
    const { privateKey } = finish(generateKeyPair('P-256', random));
    assert.equal(left.length, 0, 'not drawn often enough');
    return privateKey;
  };
  assert.equal(draw(0n), 1n);
  assert.equal(draw(41n), 42n);
  assert.equal(draw(n - 2n), n - 1n);
  assert.equal(draw(n - 1n, 5n), 6n);
  assert.equal(draw(n, (1n << 256n) - 1n, n + 1n, 7n), 8n);
});

const point = p256.Point.BASE.multiply(5n).toBytes(false);
const x = bytesToBigInt(point.subarray(1, 33));
const y = bytesToBigInt(point.subarray(33));
const uncompressed = (x: bigint, y: bigint): Uint8Array =>
  fromHex(`04${toHex(bigIntToBytes(x, 32))}${toHex(bigIntToBytes(y, 32))}`);
/** Points with such a small x, or y, that p added to it still fits 32 bytes. */
const smallX = p256.Point.fromHex(`02${toHex(bigIntToBytes(5n, 32))}`).toAffine();
const smallY = { x: 0x09e78d4ef60d05f750f6636209092bc43cbdd6b47e11a9de20a9feb2a50bb96cn, y: 1n };

const INVALID: [string, Uint8Array][] = [
  ['no bytes', new Uint8Array(0)],
  ['infinity, as SEC 1 writes it', Uint8Array.of(0)],
  ['infinity, padded', new Uint8Array(65)],
  ['x = y = 0', uncompressed(0n, 0n)],
  ['a byte too few', point.subarray(0, 64)],
  ['a byte too many', fromHex(`${toHex(point)}00`)],
  ['y without its leading zeros', fromHex(`04${toHex(bigIntToBytes(smallY.x, 32))}01`)],
  ['y with one zero more', fromHex(`04${toHex(bigIntToBytes(smallY.x, 32))}${'00'.repeat(32)}01`)],
  ['compressed', p256.Point.BASE.multiply(5n).toBytes(true)],
  ['compressed, padded', fromHex(`02${toHex(point).slice(2)}`)],
  ['hybrid', fromHex(`07${toHex(point).slice(2)}`)],
  ['a point of P-384', fromHex(`04${'00'.repeat(96)}`)],
  ['y + 1', uncompressed(x, y + 1n)],
  ['x + 1', uncompressed(x + 1n, y)],
  ['x and y exchanged', uncompressed(y, x)],
  ['2y, the form used inside', uncompressed(x, (2n * y) % p)],
  ['x = p', uncompressed(p, y)],
  ['x + p instead of x', uncompressed(smallX.x + p, smallX.y)],
  ['y + p instead of y', uncompressed(smallY.x, smallY.y + p)],
  ['both of ones', uncompressed((1n << 256n) - 1n, (1n << 256n) - 1n)],
  ['y = 0 for some x', uncompressed(x, 0n)],
  // Points of other curves y² = x³ − 3x + b', whose order has small factors (Biehl, Meyer, Müller 2000).
  ['on the curve with b = 0', uncompressed(...pointWithoutB())],
  ['of order two on another curve', uncompressed(4n, 0n)],
];

function pointWithoutB(): [bigint, bigint] {
  const { Fp } = p256.Point;
  for (let x = 2n; ; x++) {
    const right = Fp.create(x * x * x - 3n * x);
    if (FpLegendre(Fp, right) === 1) return [x, Fp.sqrt(right)];
  }
}

for (const [title, bytes] of INVALID) {
  test(`a peer's point is refused: ${title}`, () => {
    assert.throws(() => finish(sharedSecret('P-256', 12345n, bytes)), CryptoError);
  });
}

test('the same points are accepted when they are not changed', () => {
  for (const bytes of [point, uncompressed(smallX.x, smallX.y), uncompressed(smallY.x, smallY.y)]) {
    assert.equal(finish(sharedSecret('P-256', 12345n, bytes)).length, 32);
  }
});

test('a private key of 0 or n is refused', () => {
  assert.throws(() => finish(sharedSecret('P-256', 0n, point)), CryptoError);
  assert.throws(() => finish(sharedSecret('P-256', n, point)), CryptoError);
});

test('the engine makes key pairs and shared secrets, and refuses what it should', needsEngine, async () => {
  const random = new SeededRandom(23);
  const seeds = Array.from({ length: 6 }, () => toHex(random.bytes(32)));
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { generateKeyPair, sharedSecret } from 'src/crypto/ecdh.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    for (const { privateKey, peer } of ${JSON.stringify(VECTORS)}) {
      print(toHex(finish(sharedSecret('P-256', BigInt('0x' + privateKey), fromHex('04' + peer)))));
    }
    for (const seed of ${JSON.stringify(seeds)}) {
      const { privateKey, publicKey } = finish(generateKeyPair('P-256', () => fromHex(seed)));
      print(privateKey.toString(16) + ' ' + toHex(publicKey));
    }
    for (const bytes of ${JSON.stringify(INVALID.map(([, bytes]) => toHex(bytes)))}) {
      let outcome = 'accepted';
      try {
        finish(sharedSecret('P-256', 12345n, fromHex(bytes)));
      } catch (error) {
        outcome = (error as Error).name;
      }
      print(outcome);
    }
  `);
  assert.deepEqual(lines, [
    ...VECTORS.map(({ secret }) => secret),
    ...seeds.map((seed) => {
      const scalar = BigInt(`0x${seed}`) + 1n;
      return `${scalar.toString(16)} ${multipleOfBase('P-256', scalar)}`;
    }),
    ...INVALID.map(() => 'CryptoError'),
  ]);
});
