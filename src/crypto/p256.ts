/** ECDH on P-256, for now by noble. */
import { p256 } from '@noble/curves/nist.js';
import type { Steps } from '../steps.ts';
import { bigIntToBytes, bytesToBigInt } from './bigint.ts';
import { CryptoError } from './errors.ts';
import type { Random } from './random.ts';

export interface P256KeyPair {
  privateKey: bigint;
  publicKey: Uint8Array;
}

export function* generateP256KeyPair(random: Random): Steps<P256KeyPair> {
  for (;;) {
    const secret = random(32);
    yield;
    if (!p256.utils.isValidSecretKey(secret)) continue;
    return { privateKey: bytesToBigInt(secret), publicKey: p256.getPublicKey(secret, false) };
  }
}

export function* p256SharedSecret(privateKey: bigint, peerPublicKey: Uint8Array): Steps<Uint8Array> {
  yield;
  if (peerPublicKey.length !== 65) throw new CryptoError('expected a point of 65 bytes');
  try {
    return p256.getSharedSecret(bigIntToBytes(privateKey, 32), peerPublicKey).subarray(1, 33);
  } catch {
    throw new CryptoError('expected a point on P-256');
  }
}
