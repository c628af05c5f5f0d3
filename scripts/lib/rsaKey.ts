/** Prepares an RSA private key for the board: the PC can divide BigInts, and the board cannot. */
import type { KeyObject } from 'node:crypto';
import { CryptoError, finish, type RsaPrivateKey, signRsaPkcs1 } from '../../src/index.ts';

/**
 * @param key with two primes of half the modulus's length each, as all usual tools make them
 * @throws CryptoError for a key of another type or size, or one whose numbers do not fit together
 */
export function prepareRsaPrivateKey(key: KeyObject): RsaPrivateKey {
  if (key.type !== 'private' || key.asymmetricKeyType !== 'rsa') {
    throw new CryptoError(`expected an RSA private key, not a ${key.type} key of type ${key.asymmetricKeyType}`);
  }
  const jwk = key.export({ format: 'jwk' });
  const [n, e, p, q] = [jwk.n, jwk.e, jwk.p, jwk.q].map(toBigInt);
  const bits = bitLength(n);
  if (bits < 2048 || bits > 4096 || bits % 64 !== 0) {
    throw new CryptoError(`RSA modulus: expected 2048 to 4096 bits, a multiple of 64, not ${bits}`);
  }
  if (p * q !== n || bitLength(p) !== bits / 2 || bitLength(q) !== bits / 2) {
    throw new CryptoError(`RSA primes: expected two of ${bits / 2} bits each`);
  }
  const prepared: RsaPrivateKey = {
    length: bits / 8,
    exponent: Number(e),
    p,
    q,
    dP: invert(e, p - 1n),
    dQ: invert(e, q - 1n),
    qInv: invert(q, p),
  };
  finish(signRsaPkcs1(prepared, new Uint8Array(32))); // Throws if the signature does not verify.
  return prepared;
}

function toBigInt(base64url: string | undefined): bigint {
  return BigInt(`0x0${Buffer.from(base64url ?? '', 'base64url').toString('hex')}`);
}

function bitLength(value: bigint): number {
  return value.toString(2).length;
}

/** 1/value mod modulus, by Euclid's algorithm. @throws CryptoError if there is none */
function invert(value: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, value % modulus];
  let [coefficient, nextCoefficient] = [0n, 1n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient];
  }
  if (remainder !== 1n) throw new CryptoError('RSA key: its numbers do not fit together');
  return coefficient < 0n ? coefficient + modulus : coefficient;
}
