import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, type KeyObject, privateEncrypt, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { prepareRsaPrivateKey } from '../../scripts/lib/rsaKey.ts';
import { concat, fromHex, toHex } from '../../src/bytes/encoding.ts';
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes/bigint.ts';
import type { HashName } from '../../src/crypto/hashName.ts';
import { type RsaPublicKey, verifyRsaPkcs1 } from '../../src/crypto/rsa.ts';
import { type RsaPrivateKey, signRsaPkcs1 } from '../../src/crypto/rsaSign.ts';
import { finish } from '../../src/steps.ts';
import { needsEngine, runOnEngine } from '../support/onEngine.ts';
import { SeededRandom } from '../support/random.ts';

const HASHES: HashName[] = ['SHA-256', 'SHA-384'];
const MESSAGE = Buffer.from('CertificateVerify');
const INFO = {
  'SHA-256': '3031300d060960864801650304020105000420',
  'SHA-384': '3041300d060960864801650304020205000430',
};

interface Pair {
  privateKey: KeyObject;
  publicKey: KeyObject;
  ours: RsaPublicKey;
}

function makePair(modulusLength: number, publicExponent = 65_537): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength, publicExponent });
  const { n } = publicKey.export({ format: 'jwk' });
  return {
    privateKey,
    publicKey,
    ours: { modulus: new Uint8Array(Buffer.from(n ?? '', 'base64url')), exponent: publicExponent },
  };
}

const pair = makePair(2048);
const prepared = prepareRsaPrivateKey(pair.privateKey);

function digestOf(hash: HashName, message: Uint8Array): Uint8Array {
  return createHash(hash.replace('-', '')).update(message).digest();
}

const DIGEST = digestOf('SHA-256', MESSAGE);

/** The private operation on any encoding whatever, as hexadecimal. */
function signRaw({ privateKey, ours }: Pair, encoding: string): Uint8Array {
  const padded = encoding.padStart(2 * ours.modulus.length, '0');
  return privateEncrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, fromHex(padded));
}

function accepts(key: RsaPublicKey, signature: Uint8Array, hash: HashName = 'SHA-256', digest = DIGEST): boolean {
  return finish(verifyRsaPkcs1(key, hash, digest, signature));
}

test('signatures of OpenSSL with 2048, 3072 and 4096 bits verify with both hashes, and not for another digest', () => {
  for (const { privateKey, ours } of [pair, makePair(3072), makePair(4096), makePair(2048, 3)]) {
    for (const hash of HASHES) {
      const digest = digestOf(hash, MESSAGE);
      const signature = sign(hash.replace('-', ''), MESSAGE, privateKey);
      assert.equal(accepts(ours, signature, hash, digest), true);
      assert.equal(accepts(ours, signature, hash, digestOf(hash, Buffer.from('CertificateVerifx'))), false);
      const other = hash === 'SHA-256' ? 'SHA-384' : 'SHA-256';
      assert.equal(accepts(ours, signature, other, digestOf(other, MESSAGE)), false);
      assert.equal(accepts({ ...ours, exponent: ours.exponent + 2 }, signature, hash, digest), false);
    }
  }
});

test('a change in any byte of the signature is refused', () => {
  const random = new SeededRandom(256);
  const signature = new Uint8Array(sign('sha256', MESSAGE, pair.privateKey));
  for (let i = 0; i < signature.length; i++) {
    const bit = 1 << random.below(8);
    signature[i] ^= bit;
    assert.equal(accepts(pair.ours, signature), false, `byte ${i}`);
    signature[i] ^= bit;
  }
  assert.equal(accepts(pair.ours, signature), true);
});

test('a signature that is not as long as the modulus is refused', () => {
  const signature = sign('sha256', MESSAGE, pair.privateKey);
  assert.equal(accepts(pair.ours, concat(new Uint8Array(1), signature)), false);
  assert.equal(accepts(pair.ours, concat(signature, new Uint8Array(1))), false);
  assert.equal(accepts(pair.ours, signature.subarray(1)), false);
  assert.equal(accepts(pair.ours, new Uint8Array(0)), false);
  // A signature that starts with a zero byte, and the same without it.
  for (let i = 0; ; i++) {
    const message = Buffer.from(`message ${i}`);
    const short = sign('sha256', message, pair.privateKey);
    if (short[0] !== 0) continue;
    const digest = digestOf('SHA-256', message);
    assert.equal(accepts(pair.ours, short, 'SHA-256', digest), true);
    assert.equal(accepts(pair.ours, short.subarray(1), 'SHA-256', digest), false);
    break;
  }
});

test('a signature to which the modulus was added is refused', () => {
  const n = bytesToBigInt(pair.ours.modulus);
  for (let i = 0; ; i++) {
    const message = Buffer.from(`message ${i}`);
    const sum = bytesToBigInt(sign('sha256', message, pair.privateKey)) + n;
    if (sum >> 2048n !== 0n) continue;
    const digest = digestOf('SHA-256', message);
    assert.equal(accepts(pair.ours, bigIntToBytes(sum - n, 256), 'SHA-256', digest), true);
    assert.equal(accepts(pair.ours, bigIntToBytes(sum, 256), 'SHA-256', digest), false);
    break;
  }
  for (const s of [0n, 1n, n - 1n, n, n + 1n]) assert.equal(accepts(pair.ours, bigIntToBytes(s, 256)), false);
});

test('only the encoding of RFC 8017, section 9.2, is accepted', () => {
  const good = INFO['SHA-256'] + toHex(DIGEST);
  const filled = (start: string, end: string): string => start + 'f'.repeat(512 - start.length - end.length) + end;
  assert.equal(accepts(pair.ours, signRaw(pair, filled('0001', '00' + good))), true);
  const wrong: Record<string, string> = {
    'parameters absent instead of NULL': filled('0001', `00302f300b0609608648016503040201${'0420'}${toHex(DIGEST)}`),
    'garbage behind the digest': filled('0001', `00${good}00`),
    'garbage behind a short padding': `0001${'ff'.repeat(8)}00${good}`.padEnd(512, '5a'),
    'garbage in the parameters': filled('0001', `003033300f060960864801650304020105020000${'0420'}${toHex(DIGEST)}`),
    'block type 2': filled('0002', `00${good}`),
    'block type 0': '0000'.padEnd(512 - good.length, '0') + good,
    'first byte not zero': filled('0101', `00${good}`),
    'padding that is not all ones': filled('0001fffe', `00${good}`),
    'no zero behind the padding': filled('0001', good),
    'one zero too many behind the padding': filled('0001', `0000${good}`),
    'no DigestInfo': filled('0001', `00${toHex(DIGEST)}`),
    'DigestInfo of SHA-1': filled('0001', `003021300906052b0e03021a05000414${toHex(DIGEST).slice(0, 40)}`),
    'DigestInfo of SHA-384 with a digest of SHA-256': filled('0001', `00${INFO['SHA-384']}${toHex(DIGEST)}`),
    'long form of a length': filled('0001', `0030813130${good.slice(6)}`),
    'a digest cut short': filled('0001', `00${good.slice(0, -2)}`),
    'no padding at all': good,
  };
  for (const [name, encoding] of Object.entries(wrong)) {
    assert.equal(accepts(pair.ours, signRaw(pair, encoding)), false, name);
  }
});

test("Bleichenbacher's forgery with e = 3, a cube that only begins well, is refused", () => {
  const { ours } = makePair(2048, 3);
  const start = `0001${'ff'.repeat(8)}00${INFO['SHA-256']}${toHex(DIGEST)}`;
  const target = BigInt(`0x${start.padEnd(512, '0')}`);
  let root = 0n;
  for (let step = 1n << 683n; step > 0n; step >>= 1n) root += (root + step) ** 3n <= target ? step : 0n;
  root += 1n;
  const cube = (root ** 3n).toString(16).padStart(512, '0');
  assert.ok(cube.startsWith(start), 'the forgery is one');
  assert.equal(accepts(ours, bigIntToBytes(root, 256)), false);
});

test('an invalid key throws an error', () => {
  const refuses = (key: RsaPublicKey, message: RegExp): void => {
    assert.throws(() => accepts(key, new Uint8Array(key.modulus.length)), { name: 'CryptoError', message });
  };
  for (const exponent of [0, 1, 2, 4, 65_536, -1, 3.5, NaN, 2 ** 32 + 1])
    refuses({ ...pair.ours, exponent }, /exponent/);
  const even = pair.ours.modulus.slice();
  even[255] &= 0xfe;
  const short = pair.ours.modulus.slice();
  short[0] = 0x7f;
  refuses({ ...pair.ours, modulus: even }, /modulus/);
  refuses({ ...pair.ours, modulus: short }, /not 2047$/);
  refuses({ ...pair.ours, modulus: concat(new Uint8Array(1), pair.ours.modulus) }, /modulus/);
  refuses({ ...pair.ours, modulus: new Uint8Array(513).fill(255) }, /not 4104$/);
  refuses({ ...pair.ours, modulus: new Uint8Array(128).fill(255) }, /not 1024$/);
  refuses({ ...pair.ours, modulus: new Uint8Array(0) }, /modulus/);
});

test('a digest of the wrong length throws an error', () => {
  const signature = new Uint8Array(256);
  assert.throws(() => accepts(pair.ours, signature, 'SHA-256', new Uint8Array(48)), { name: 'CryptoError' });
  assert.throws(() => accepts(pair.ours, signature, 'SHA-384', new Uint8Array(32)), { name: 'CryptoError' });
  assert.throws(() => finish(signRsaPkcs1(prepared, new Uint8Array(20))), { name: 'CryptoError' });
});

test('our signatures equal those of OpenSSL, bit for bit', () => {
  const swapped = { ...prepared, p: prepared.q, q: prepared.p, dP: prepared.dQ, dQ: prepared.dP };
  let inverse = 1n; // of p modulo q, by Fermat
  for (const digit of (prepared.q - 2n).toString(2)) {
    inverse = (inverse * inverse * (digit === '1' ? prepared.p : 1n)) % prepared.q;
  }
  for (let i = 0; i < 10; i++) {
    const message = Buffer.from(`message ${i}`);
    const expected = sign('sha256', message, pair.privateKey).toString('hex');
    const digest = digestOf('SHA-256', message);
    assert.equal(toHex(finish(signRsaPkcs1(prepared, digest))), expected);
    // With the smaller prime first, or the larger.
    assert.equal(toHex(finish(signRsaPkcs1({ ...swapped, qInv: inverse }, digest))), expected);
  }
  for (const other of [makePair(3072), makePair(2048, 3)]) {
    const signature = finish(signRsaPkcs1(prepareRsaPrivateKey(other.privateKey), DIGEST));
    assert.equal(verify('sha256', MESSAGE, other.publicKey, signature), true);
  }
});

test('a fault in any number of the key leads to an error, and no signature comes out', () => {
  for (const field of ['p', 'q', 'dP', 'dQ', 'qInv'] as const) {
    for (const bit of [1n, 500n, 1000n]) {
      const faulty: RsaPrivateKey = { ...prepared, [field]: prepared[field] ^ (1n << bit) };
      const expected = { name: 'CryptoError', message: 'RSA signature: does not verify' };
      assert.throws(() => finish(signRsaPkcs1(faulty, DIGEST)), expected, `${field}, bit ${bit}`);
    }
  }
});

test('the engine verifies, refuses, signs, and catches a faulty key', needsEngine, async () => {
  const signature = sign('sha256', MESSAGE, pair.privateKey);
  const key = Object.entries(prepared).map(
    ([name, value]) => `${name}: ${typeof value === 'bigint' ? `0x${value.toString(16)}n` : value}`,
  );
  const lines = await runOnEngine(`
    import { fromHex, toHex } from 'src/bytes/encoding.ts';
    import { verifyRsaPkcs1 } from 'src/crypto/rsa.ts';
    import { signRsaPkcs1 } from 'src/crypto/rsaSign.ts';
    import { finish } from 'src/steps.ts';
    declare function print(text: string): void;
    const key = { modulus: fromHex('${toHex(pair.ours.modulus)}'), exponent: 65537 };
    const digest = fromHex('${toHex(DIGEST)}');
    const signature = fromHex('${toHex(signature)}');
    print(String(finish(verifyRsaPkcs1(key, 'SHA-256', digest, signature))));
    signature[100] ^= 4;
    print(String(finish(verifyRsaPkcs1(key, 'SHA-256', digest, signature))));
    const privateKey = { ${key.join(', ')} };
    print(toHex(finish(signRsaPkcs1(privateKey, digest))));
    privateKey.dQ = privateKey.dQ + 2n;
    try {
      finish(signRsaPkcs1(privateKey, digest));
    } catch (error) {
      print((error as Error).name);
    }`);
  assert.deepEqual(lines, ['true', 'false', toHex(signature), 'CryptoError']);
});
