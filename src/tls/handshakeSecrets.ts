/** The secrets of one handshake, which `prepareHandshake()` makes before dialling and the TLS client takes once. */
import type { Combs } from '../crypto/comb.ts';
import type { EcKeyPair } from '../crypto/ecdh.ts';
import type { EcdsaNonce } from '../crypto/ecdsaSign.ts';
import { TlsError } from './errors.ts';

export interface HandshakeSecrets {
  /** 32 bytes. */
  clientRandom: Uint8Array;
  /** The ephemeral key pair, on P-256. For a server that insists on another curve, the client makes one during the handshake. */
  keyPair: EcKeyPair;
  /** The nonce for the signature in CertificateVerify, if the device has an EC key; otherwise null. */
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
