/** What a handshake needs that does not depend on the server: computed before dialling, while nobody waits. */
import { generateKeyPair } from '../crypto/ecdh.ts';
import { forgetMultiples, prepareEcdsaNonce, prepareVerification } from '../crypto/ecdsa.ts';
import type { Random } from '../crypto/random.ts';
import type { RsaPrivateKey } from '../crypto/rsaSign.ts';
import type { Steps } from '../steps.ts';
import type { PublicKey } from '../x509/publicKey.ts';
import { PreparedHandshake } from './prepared.ts';

/** The device's certificate and its key. */
export interface ClientIdentity {
  /** DER; the device's own first, then those that lead to an anchor of the server's. */
  certificates: readonly Uint8Array[];
  /** An EC key is on P-256, from 1 to n − 1. */
  key: { type: 'ec'; privateKey: bigint } | ({ type: 'rsa' } & RsaPrivateKey);
}

/**
 * 1.2 s on the board, in which `random` is seeded and multiples of G are made; with an EC identity 0.4 s more, with an EC
 * key of the server's 0.6.
 * @param serverKey of a chain that was verified, if the server is likely to send it again
 */
export function* prepareHandshake(
  identity: ClientIdentity | null,
  random: Random,
  serverKey?: PublicKey,
): Steps<PreparedHandshake> {
  const clientRandom = random(32);
  // The first bytes of a generator may have cost its seeding.
  yield;
  const keyPair = yield* generateKeyPair('P-256', random);
  const nonce = identity?.key.type === 'ec' ? yield* prepareEcdsaNonce(random) : null;
  if (serverKey?.type === 'ec' && serverKey.curve === 'P-256') yield* prepareVerification(serverKey.point);
  // G has served; to verify RSA takes no multiples of it.
  if (serverKey?.type === 'rsa') forgetMultiples();
  return new PreparedHandshake({ clientRandom, keyPair, nonce });
}
