/** What a handshake needs that does not depend on the server: computed before dialling, while nobody waits. */
import { type EcdsaNonce, prepareEcdsaNonce } from '../crypto/ecdsa.ts';
import { generateP256KeyPair, type P256KeyPair } from '../crypto/p256.ts';
import type { Random } from '../crypto/random.ts';
import type { RsaPrivateKey } from '../crypto/rsa.ts';
import type { Steps } from '../steps.ts';
import { TlsError } from './errors.ts';

/** The device's certificate and its key. */
export interface ClientIdentity {
  /** DER; the device's own first, then those that lead to an anchor of the server's. */
  certificates: readonly Uint8Array[];
  key: { type: 'ec'; privateKey: bigint } | ({ type: 'rsa' } & RsaPrivateKey);
}

/** The secrets of one handshake. */
export interface HandshakeSecrets {
  /** 32 bytes. */
  clientRandom: Uint8Array;
  keyPair: P256KeyPair;
  /** For CertificateVerify with an EC key; null if there is none to be made. */
  nonce: EcdsaNonce | null;
}

/** Good for one TlsClient: neither a random, nor an ephemeral key, nor the nonce of a signature may come twice. */
export interface PreparedHandshake {
  /** Hands the secrets over. @throws TlsError when they were taken before */
  take(): HandshakeSecrets;
}

/** About 0.2 s on the board, with an EC identity 0.4 s. */
export function* prepareHandshake(identity: ClientIdentity | null, random: Random): Steps<PreparedHandshake> {
  const clientRandom = random(32);
  // The first bytes of a generator may have cost its seeding.
  yield;
  let secrets: HandshakeSecrets | null = {
    clientRandom,
    keyPair: yield* generateP256KeyPair(random),
    nonce: identity?.key.type === 'ec' ? yield* prepareEcdsaNonce(random) : null,
  };
  return {
    take() {
      const taken = secrets;
      if (taken === null) throw new TlsError('handshake', 'fresh preparations', 'used ones', null);
      secrets = null;
      return taken;
    },
  };
}
