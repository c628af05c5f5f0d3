/** Ephemeral Diffie-Hellman on P-256 (RFC 8422, section 5; SP 800-56A, section 5.7.1.2). */
import { bigIntToBytes } from './bigint.ts';
import { curveOf } from './curve.ts';
import { CryptoError } from './errors.ts';
import { toAffine } from './jacobian.ts';
import type { Random } from './random.ts';
import { sumOfMultiples } from './scalarMultiplication.ts';
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
  const { x: X, y, z } = yield* sumOfMultiples(curve, [[privateKey, curve.base]]);
  const [x, doubleY] = yield* toAffine(curve.field, [X, y, z]);
  return { privateKey, publicKey: curve.encode(x, doubleY) };
}

/**
 * @param privateKey 1 to n − 1
 * @param peerPublicKey uncompressed point, 65 bytes
 * @returns X of the shared point, 32 bytes
 * @throws CryptoError if the peer's point is not one of the curve, or the shared point is infinity
 */
export function* p256SharedSecret(privateKey: bigint, peerPublicKey: Uint8Array): Steps<Uint8Array> {
  const curve = curveOf('P-256');
  const { field } = curve;
  const { x, y, z } = yield* sumOfMultiples(curve, [[privateKey, curve.decode(peerPublicKey)]]);
  if (z === 0n) throw new CryptoError('shared point is infinity');
  const [affineX] = yield* toAffine(field, [x, y, z]);
  return bigIntToBytes(field.leave(affineX), field.length);
}
