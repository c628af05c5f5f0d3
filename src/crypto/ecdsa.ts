/** ECDSA on P-256 and P-384, for now by noble. */
import { p256, p384 } from '@noble/curves/nist.js';
import type { Steps } from '../steps.ts';
import { bytesToBigInt } from './bigint.ts';
import type { Random } from './random.ts';

export type EcCurve = 'P-256' | 'P-384';

export interface EcdsaNonce {
  r: bigint;
  kInverse: bigint;
}

export function* verifyEcdsa(
  curve: EcCurve,
  publicKey: Uint8Array,
  digest: Uint8Array,
  signature: Uint8Array,
): Steps<boolean> {
  yield;
  try {
    return (curve === 'P-256' ? p256 : p384).verify(signature, digest, publicKey, {
      prehash: false,
      lowS: false,
      format: 'der',
    });
  } catch {
    return false;
  }
}

export function* prepareEcdsaNonce(random: Random): Steps<EcdsaNonce> {
  const { Fn, BASE } = p256.Point;
  const k = (bytesToBigInt(random(32)) & ((1n << 255n) - 1n)) + 1n;
  yield;
  return { r: Fn.create(BASE.multiply(k).x), kInverse: Fn.inv(k) };
}

export function signEcdsa(privateKey: bigint, digest: Uint8Array, nonce: EcdsaNonce): Uint8Array {
  const { Fn } = p256.Point;
  const s = Fn.create(nonce.kInverse * Fn.create(bytesToBigInt(digest) + nonce.r * privateKey));
  return new p256.Signature(nonce.r, s).toBytes('der');
}
