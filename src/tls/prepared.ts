/** The secrets of one handshake, made before dialling (`prepare.ts`) and handed over once. */
import type { EcdsaNonce } from '../crypto/ecdsa.ts';
import type { EcKeyPair } from '../crypto/ecdh.ts';
import { TlsError } from './errors.ts';

export interface HandshakeSecrets {
  /** 32 bytes. */
  clientRandom: Uint8Array;
  /** On P-256. A server that insists on another curve gets a key that is made for it then. */
  keyPair: EcKeyPair;
  /** For CertificateVerify with an EC key; null if there is none to be made. */
  nonce: EcdsaNonce | null;
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
    if (secrets === null) throw new TlsError('handshake', 'fresh preparations', 'used ones', null);
    this.secrets = null;
    return secrets;
  }
}
