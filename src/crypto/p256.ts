/** Ephemeral Diffie-Hellman on P-256 (RFC 8422, section 5; SP 800-56A, section 5.7.1.2). */
import { bigIntToBytes } from './bigint.ts';
import { curveOf } from './curve.ts';
import type { Random } from './random.ts';
import { multiple } from './scalarMultiplication.ts';
import type { Steps } from '../steps.ts';

export interface P256KeyPair {
  /** 1 to n − 1. */
  privateKey: bigint;
  /** Uncompressed point, 65 bytes: 04, X, Y. */
  publicKey: Uint8Array;
}

export function* generateP256KeyPair(random: Random): Steps<P256KeyPair> {
  const curve = curveOf('P-256');
  const privateKey = curve.randomScalar(random);
  const point = yield* multiple(curve, privateKey, curve.base);
  return { privateKey, publicKey: curve.encode(point) };
}

/**
 * @param privateKey 1 to n − 1
 * @param peerPublicKey uncompressed point, 65 bytes
 * @returns X of the shared point, 32 bytes
 * @throws CryptoError if the peer's point is not one of the curve, or the private key is 0 or n
 */
export function* p256SharedSecret(privateKey: bigint, peerPublicKey: Uint8Array): Steps<Uint8Array> {
  const curve = curveOf('P-256');
  const shared = yield* multiple(curve, privateKey, curve.decode(peerPublicKey));
  return bigIntToBytes(curve.field.leave(shared[0]), 32);
}
