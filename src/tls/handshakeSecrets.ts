/** The secrets of one handshake, which `prepareHandshake()` makes before dialling and the TLS client takes once. */
import type { Combs } from '../crypto/comb.ts';
import type { EcKeyPair } from '../crypto/ecdh.ts';
import type { EcdsaNonce } from '../crypto/ecdsaSign.ts';
import { TlsError } from './errors.ts';

export interface HandshakeSecrets {
  /** 32 bytes. */
  clientRandom: Uint8Array;
  /** On P-256. A server that insists on another curve gets a key that is made for it then. */
  keyPair: EcKeyPair;
  /** For CertificateVerify with an EC key; null if there is none to be made. */
  nonce: EcdsaNonce | null;
  /** Tables for the signatures of the server; emptied when the last of these is verified. No secret. */
  combs: Combs;
}

/** Good for one TlsClient: neither a random, nor an ephemeral key, nor the nonce of a signature may come twice. */
export class PreparedHandshake {
  private secrets: HandshakeSecrets | null;

  constructor(secrets: HandshakeSecrets) {
    this.secrets = secrets;
  }

  /** Hands the secrets over. @throws TlsError when they were taken before */
  take(): HandshakeSecrets {
    const { secrets } = this;
    if (secrets === null)
      throw new TlsError({ where: 'handshake', expected: 'fresh preparations', received: 'used ones' });
    this.secrets = null;
    return secrets;
  }
}

/** Empties tables, so that their numbers are free at once: those of a table that is only dropped lie until a collection. */
export function dropCombs(combs: Combs): void {
  for (const { table } of combs) table.length = 0;
  combs.length = 0;
}
