/** Ephemeral Diffie-Hellman on P-256 and P-384 (RFC 8422, section 5; SP 800-56A, section 5.7.1.2). */
import { bigIntToBytes } from '../bytes/bigint.ts';
import type { Combs } from './comb.ts';
import { curveOf, type EcCurve } from './curve.ts';
import type { Random } from './random.ts';
import { multiple } from './scalarMultiplication.ts';
import type { Steps } from '../steps.ts';

export interface EcKeyPair {
  curve: EcCurve;
  /** 1 to n − 1. */
  privateKey: bigint;
  /** Uncompressed point, 65 or 97 bytes: 04, X, Y. */
  publicKey: Uint8Array;
}

/** @param combs with P-256, the function adds the comb of G; see `prepareMultiples()` */
export function* generateKeyPair(curve: EcCurve, random: Random, combs?: Combs): Steps<EcKeyPair> {
  const parameters = curveOf(curve);
  const privateKey = parameters.randomScalar(random);
  // The first number may have cost the generator's seeding, or the loading of its code.
  yield;
  const point = yield* multiple(parameters, privateKey, parameters.base, combs);
  return { curve, privateKey, publicKey: parameters.encode(point) };
}

/**
 * @param privateKey 1 to n − 1
 * @param peerPublicKey uncompressed point, 65 or 97 bytes
 * @returns X of the shared point, 32 or 48 bytes
 * @throws CryptoError if the peer's point is not one of the curve, or the private key is 0 or n
 */
export function* sharedSecret(curve: EcCurve, privateKey: bigint, peerPublicKey: Uint8Array): Steps<Uint8Array> {
  const parameters = curveOf(curve);
  const shared = yield* multiple(parameters, privateKey, parameters.decode(peerPublicKey));
  return bigIntToBytes(parameters.field.leave(shared[0]), parameters.field.length);
}
