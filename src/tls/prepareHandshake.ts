/** Computes, before dialling and while nobody waits, everything of a handshake that does not depend on the server. */
import { type Combs, prepareEcdsaNonce, prepareVerification } from '../crypto/ecdsa.ts';
import { generateKeyPair } from '../crypto/ecdh.ts';
import type { Random } from '../crypto/random.ts';
import type { Steps } from '../steps.ts';
import type { PublicKey } from '../x509/publicKey.ts';
import { PreparedHandshake } from './handshakeSecrets.ts';
import type { ClientIdentity } from './options.ts';

/**
 * Takes 0.9 s on the board, in which `random` is seeded and multiples of G are made; with an EC identity 0.4 s more, with
 * an EC key of the server's 0.6.
 * @param serverKey of a chain that was verified, if the server is likely to send it again
 */
export function* prepareHandshake(
  identity: ClientIdentity | null,
  random: Random,
  serverKey?: PublicKey,
): Steps<PreparedHandshake> {
  const clientRandom = random(32);
  // The first bytes may have made the generator seed itself, which takes long.
  yield;
  const combs: Combs = [];
  const keyPair = yield* generateKeyPair('P-256', random, combs);
  const nonce = identity?.key.type === 'ec' ? yield* prepareEcdsaNonce(random, combs) : null;
  if (serverKey?.type === 'ec' && serverKey.curve === 'P-256') yield* prepareVerification(serverKey.point, combs);
  // A server with an RSA key needs no curve to verify, so the table of G is not needed any more.
  if (serverKey?.type === 'rsa') combs.length = 0;
  return new PreparedHandshake({ clientRandom, keyPair, nonce, combs });
}
