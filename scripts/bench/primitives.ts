/**
 * The cryptographic primitives that the bench times. Each entry makes its inputs and returns the function to time.
 * They run in Node and, bundled one by one, on the board, so this file uses only what the engine has.
 */
import { encryptAesBlock, expandAesKey } from '../../src/crypto/aes.ts';
import { Aes128Gcm } from '../../src/crypto/aesGcm.ts';
import { curveOf } from '../../src/crypto/curve.ts';
import { prepareEcdsaNonce, signEcdsa } from '../../src/crypto/ecdsaSign.ts';
import { GhashKey, ghashTag } from '../../src/crypto/ghash.ts';
import { HmacKey } from '../../src/crypto/hmac.ts';
import { generateKeyPair, sharedSecret as ecdh } from '../../src/crypto/ecdh.ts';
import { JacobianPoint } from '../../src/crypto/jacobian.ts';
import { prf } from '../../src/crypto/prf.ts';
import { verifyRsaPkcs1 } from '../../src/crypto/rsa.ts';
import { sha512Steps } from '../../src/crypto/sha512.ts';
import { bytesToBigInt } from '../../src/bytes/bigint.ts';
import { fromHex } from '../../src/bytes/encoding.ts';
import { finish, HashDrbg, Sha256, verifyEcdsa } from '../../src/index.ts';

/**
 * The least time that a primitive can take: that of others in this table, each so many times, with the reason. A number, not
 * an expression, or the bundler keeps every primitive in the program of each: 43 / 256 is 0.16796875.
 */
export type Parts = { of: Readonly<Record<string, number>>; because: string };

export interface Primitive {
  title: string;
  /** Absent where nothing smaller is measured. */
  floor?: Parts;
  /** Makes the inputs and returns the function to time. */
  setUp: () => () => unknown;
}

const bytes = (length: number): Uint8Array => {
  const filled = new Uint8Array(length);
  for (let i = 0; i < length; i++) filled[i] = (i * 197 + 31) & 255;
  return filled;
};

/** Makes a generator that is not random, so that the figures are the same every time. */
const generator = (): ((length: number) => Uint8Array) => {
  const drbg = new HashDrbg(bytes(48));
  return (length) => drbg.generate(length);
};

export const operations: Primitive = {
  title: '1,000 operations on small integers',
  setUp: () => {
    const inputs = bytes(4);
    return () => {
      // In variables of this function: those of another one are searched by name.
      const [a, b, c, d] = inputs;
      let x = 0;
      for (let i = 0; i < 20; i++) {
        x = x ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a;
        x = x ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a ^ b ^ c ^ d ^ a;
      }
      return x;
    };
  },
};

export const sha256Block: Primitive = {
  title: 'SHA-256, a block of 64 B',
  floor: {
    of: { operations: 6.818 },
    because: '6,818 operators, which src/crypto/sha256Block.ts evaluates for a block',
  },
  setUp: () => {
    const hash = new Sha256();
    const data = bytes(640);
    return () => hash.update(data, 0, 64);
  },
};

export const sha384Block: Primitive = {
  title: 'SHA-384 of 100 B',
  setUp: () => {
    const data = bytes(100);
    return () => finish(sha512Steps('SHA-384', data));
  },
};

export const hmacKey: Primitive = {
  title: 'HMAC-SHA256, a new key',
  floor: { of: { sha256Block: 2 }, because: 'two blocks: the key with ipad, and with opad' },
  setUp: () => {
    const key = bytes(32);
    return () => new HmacKey(key);
  },
};

export const hmac: Primitive = {
  title: 'HMAC-SHA256 of 32 B',
  floor: { of: { sha256Block: 2 }, because: 'two blocks: the message, and the outer hash' },
  setUp: () => {
    const key = new HmacKey(bytes(32));
    const data = bytes(32);
    return () => key.mac(data);
  },
};

export const verifyData: Primitive = {
  title: 'PRF, 12 B of verify_data',
  floor: { of: { sha256Block: 5 }, because: 'five blocks: A(1), and HMAC of A(1) and the seed' },
  setUp: () => {
    const key = new HmacKey(bytes(48));
    const seed = bytes(32);
    return () => finish(prf(key, 'client finished', seed, 12));
  },
};

export const aesBlock: Primitive = {
  title: 'AES-128, a block',
  setUp: () => {
    const keys = expandAesKey(bytes(16));
    const block = [1, 2, 3, 4, 5, 6, 7, 8];
    const output = new Uint16Array(8);
    return () => encryptAesBlock(keys, block, output);
  },
};

export const ghash: Primitive = {
  title: 'GHASH of 10 blocks',
  setUp: () => {
    const key = new GhashKey(0x0123456789abcdefn, 0xfedcba9876543210n);
    const [header, text] = [bytes(16), bytes(128)];
    return () => finish(ghashTag(key, header, text, 1n, 2n));
  },
};

export const product: Primitive = {
  title: 'A product of two numbers of 2,048 bits',
  setUp: () => {
    const a = bytesToBigInt(bytes(256));
    const b = a ^ 1n;
    return () => a * b;
  },
};

export const gcmKey: Primitive = {
  title: 'AES-128-GCM, a new key',
  floor: { of: { aesBlock: 1 }, because: 'the block that is the hash key' },
  setUp: () => {
    const key = bytes(16);
    return () => new Aes128Gcm(key);
  },
};

export const gcm16: Primitive = {
  title: 'AES-128-GCM, seal 16 B',
  floor: { of: { aesBlock: 2, ghash: 0.3 }, because: 'two blocks of AES, three of GHASH' },
  setUp: () => {
    const gcm = new Aes128Gcm(bytes(16));
    const [nonce, header, text] = [bytes(12), bytes(13), bytes(16)];
    return () => finish(gcm.seal(nonce, header, text));
  },
};

export const gcm128: Primitive = {
  title: 'AES-128-GCM, seal 128 B',
  floor: { of: { aesBlock: 9, ghash: 1 }, because: 'nine blocks of AES, ten of GHASH' },
  setUp: () => {
    const gcm = new Aes128Gcm(bytes(16));
    const [nonce, header, text] = [bytes(12), bytes(13), bytes(128)];
    return () => finish(gcm.seal(nonce, header, text));
  },
};

export const doublings: Primitive = {
  title: 'P-256, 256 doublings of a point',
  setUp: () => {
    const { field, base } = curveOf('P-256');
    const point = new JacobianPoint(field);
    return () => {
      point.set(base[0], base[1], field.one);
      point.double(256);
    };
  },
};

export const keyPair: Primitive = {
  title: 'P-256, a key pair',
  floor: { of: { doublings: 0.16796875 }, because: "the comb's 43 doublings" },
  setUp: () => {
    const random = generator();
    return () => finish(generateKeyPair('P-256', random));
  },
};

export const sharedSecret: Primitive = {
  title: 'P-256, the shared secret',
  floor: { of: { doublings: 1 }, because: '256 doublings' },
  setUp: () => {
    const random = generator();
    const { privateKey } = finish(generateKeyPair('P-256', random));
    const { publicKey } = finish(generateKeyPair('P-256', random));
    return () => finish(ecdh('P-256', privateKey, publicKey));
  },
};

export const ecdsaSign: Primitive = {
  title: 'ECDSA P-256, sign',
  floor: { of: { doublings: 0.16796875 }, because: "the comb's 43 doublings for k·G" },
  setUp: () => {
    const random = generator();
    const { privateKey } = finish(generateKeyPair('P-256', random));
    const digest = bytes(32);
    return () => signEcdsa(privateKey, digest, finish(prepareEcdsaNonce(random)));
  },
};

export const ecdsaVerify: Primitive = {
  title: 'ECDSA P-256, verify',
  floor: { of: { doublings: 1 }, because: '256 doublings, which both points share' },
  setUp: () => {
    const random = generator();
    const { privateKey, publicKey } = finish(generateKeyPair('P-256', random));
    const digest = bytes(32);
    const signature = signEcdsa(privateKey, digest, finish(prepareEcdsaNonce(random)));
    return () => finish(verifyEcdsa('P-256', publicKey, digest, signature));
  },
};

export const rsaVerify: Primitive = {
  title: 'RSA-2048, verify',
  floor: { of: { product: 34 }, because: '17 products, and as many pairs of digits again to reduce them' },
  // The modulus of Amazon Root CA 1. The signature is random bytes, because refusing it costs the same as accepting one.
  setUp: () => {
    const modulus = fromHex(
      'b2788071ca78d5e371af478050747d6ed8d78876f49968f7582160f97484012fac022d86d3a0437a4eb2a4d036ba01be8ddb48c80717364c' +
        'f4ee8823c73eeb37f5b519f84968b0ded7b976381d619ea4fe8236a5e54a56e445e1f9fdb416fa74da9c9b35392ffab02050066c7ad080b2' +
        'a6f9afec47198f503807dca2873958f8bad5a9f948673096ee94785e6f89a351c0308666a14566ba54eba3c391f948dcffd1e8302d7d2d74' +
        '7035d78824f79ec4596ebb738717f2324628b843fab71daacab4f29f240e2d4bf7715c5e69ffea9502cb388aae50386fdbfb2d621bc5c71e' +
        '54e177e067c80f9c8723d63f40207f2080c4804c3e3b24268e04ae6c9ac8aa0d',
    );
    const signature = bytes(256);
    const digest = bytes(32);
    return () => finish(verifyRsaPkcs1({ modulus, exponent: 65537 }, 'SHA-256', digest, signature));
  },
};
