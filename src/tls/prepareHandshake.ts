/** Computes, before dialling and while nobody waits, everything of a handshake that does not depend on the server. */
import { type Combs, prepareVerification } from '../crypto/comb.ts';
import { generateKeyPair } from '../crypto/ecdh.ts';
import { prepareEcdsaNonce } from '../crypto/ecdsaSign.ts';
import type { Random } from '../crypto/random.ts';
import type { Steps } from '../steps.ts';
import type { PublicKey } from '../x509/publicKey.ts';
import { dropCombs, PreparedHandshake } from './handshakeSecrets.ts';
import type { ClientIdentity } from './options.ts';

/** Bytes of the client's random, of its ephemeral key and of a nonce. */
const SECRETS = 32 * 3;

/**
 * Takes 0.4 s on the board, in which `random` is seeded; with an EC identity 0.2 s more, with an EC key of the server's 0.6.
 * @param serverKey of a chain that was verified, if the server is likely to send it again
 */
export function* prepareHandshake(
  identity: ClientIdentity | null,
  random: Random,
  serverKey?: PublicKey,
): Steps<PreparedHandshake> {
  // One request for all bytes, because each request costs the generator two hashes more.
  const secrets = random(SECRETS);
  let drawn = 0;
  /** The next of these bytes; new ones if a number was refused, which happens once in 2^32. */
  const draw: Random = (length) => {
    drawn += length;
    return drawn > SECRETS ? random(length) : secrets.subarray(drawn - length, drawn);
  };
  const clientRandom = draw(32).slice();
  // The first bytes may have made the generator seed itself, which takes long.
  yield;
  // The table of G is released before the server's flight comes: reading it once more costs less than the room that it takes.
  const combsOfBase: Combs = [];
  const keyPair = yield* generateKeyPair('P-256', draw, combsOfBase);
  const nonce = identity?.key.type === 'ec' ? yield* prepareEcdsaNonce(draw, combsOfBase) : null;
  dropCombs(combsOfBase);
  const combs: Combs = [];
  if (serverKey?.type === 'ec' && serverKey.curve === 'P-256') yield* prepareVerification(serverKey.point, combs);
  return new PreparedHandshake({ clientRandom, keyPair, nonce, combs });
}
