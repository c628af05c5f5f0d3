/** Computes, before dialling and while nobody waits, everything of a handshake that does not depend on the server. */
import { type Combs, prepareEcdsaNonce, prepareVerification } from '../crypto/ecdsa.ts';
import { generateKeyPair } from '../crypto/ecdh.ts';
import type { Random } from '../crypto/random.ts';
import type { Steps } from '../steps.ts';
import type { PublicKey } from '../x509/publicKey.ts';
import { dropCombs, PreparedHandshake } from './handshakeSecrets.ts';
import type { ClientIdentity } from './options.ts';

/**
 * Takes 0.4 s on the board, in which `random` is seeded; with an EC identity 0.2 s more, with an EC key of the server's 0.6.
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
  // The table of G is released before the server's flight comes: reading it once more costs less than the room that it takes.
  const combsOfBase: Combs = [];
  const keyPair = yield* generateKeyPair('P-256', random, combsOfBase);
  const nonce = identity?.key.type === 'ec' ? yield* prepareEcdsaNonce(random, combsOfBase) : null;
  dropCombs(combsOfBase);
  const combs: Combs = [];
  if (serverKey?.type === 'ec' && serverKey.curve === 'P-256') yield* prepareVerification(serverKey.point, combs);
  return new PreparedHandshake({ clientRandom, keyPair, nonce, combs });
}
