/** The options of a connection, and its events. */
import type { Random } from '../crypto/random.ts';
import type { RsaPrivateKey } from '../crypto/rsaSign.ts';
import type { TrustAnchor } from '../x509/path.ts';
import type { ChainCache } from './chainCache.ts';
import type { TlsError } from './errors.ts';
import type { PreparedHandshake } from './handshakeSecrets.ts';
import type { PublicKey } from '../x509/publicKey.ts';
import type { Session } from './session.ts';
import type { Trace } from './trace.ts';

/** The device's certificate and its key. */
export interface ClientIdentity {
  /** DER; the device's own first, then those that lead to an anchor of the server's. */
  certificates: readonly Uint8Array[];
  /** An EC key is on P-256, from 1 to n − 1. */
  key: { type: 'ec'; privateKey: bigint } | ({ type: 'rsa' } & RsaPrivateKey);
}

/** Points at which the caller can free memory: before a step that takes much of it, or after one that has left garbage. */
export type Checkpoint =
  /** A chain that is not in the cache begins to arrive; the key is of the suite's type. */
  | 'verifying chain'
  /** Another certificate of that chain has come. */
  | 'next certificate'
  /** The signatures of the chain are verified next. No more of its certificates are read, unless one is wrong. */
  | 'verifying signatures'
  /** The signature of ServerKeyExchange is verified next. */
  | 'verifying server'
  /** All signatures of the server's are verified. */
  | 'server verified'
  /** The shared secret is computed next; the key is the one with which the device signs afterwards, `ec` if it does not sign. */
  | 'sharing secret'
  | 'secret shared'
  /** The device's key signs CertificateVerify next. */
  | 'signing'
  | 'signed'
  /** After the handshake: memory for a record of more than 4 KB is allocated next. */
  | 'long record';

export interface TlsClientOptions {
  /** The server's name, for server_name and for its certificate, or an IPv4 address; 1 to 255 characters of ASCII. */
  host: string;
  /** The trust anchors. A ChainCache recognises them by the identity of this array. */
  anchors: readonly TrustAnchor[];
  /** The device's certificate and key, for a server that asks; null if it has none. */
  identity: ClientIdentity | null;
  random: Random;
  /** ms since 1970; null while the clock is not set: then the connection fails before anything is sent. */
  time: () => number | null;
  /** The result of `prepareHandshake()`, for this connection alone. */
  prepared: PreparedHandshake;
  /** Spares a chain that was verified since boot from being verified again. */
  chainCache?: ChainCache;
  /** The protocol to ask for by ALPN (RFC 7301), 1 to 255 characters of ASCII such as `x-amzn-mqtt-ca`. A server may answer without it. */
  alpn?: string;
  /** The session to resume, from the `connected` event of an earlier connection to the same server with the same anchors and identity. */
  session?: Session;
  /**
   * Is called as a full handshake proceeds, and before a long record is gathered. A caller that is short of memory can
   * release there what is no longer needed.
   * @param key type of the key that made the signature to verify, or that signs
   */
  checkpoint?: (phase: Checkpoint, key?: PublicKey['type']) => void;
  /** On the PC only. */
  trace?: Trace;
}

export type TlsEvent =
  /** Bytes that the caller must send to the server. */
  | { type: 'transmit'; bytes: Uint8Array }
  | ConnectedEvent
  /** Bytes that the application at the server has sent. */
  | { type: 'data'; bytes: Uint8Array }
  /** Ended in order by a close_notify of either side; the last event. */
  | { type: 'closed' }
  /** The last event; an alert, if one is sent, is transmitted before it. */
  | { type: 'failed'; error: TlsError };

/** The server is authenticated, and both sides have the same keys: from now on `send()` may be used. */
export interface ConnectedEvent {
  type: 'connected';
  /** 0xc02f (RSA) or 0xc02b (ECDSA); `cipherSuiteOf()` knows more of it. */
  cipherSuite: number;
  /** Name of the anchor to which the server's chain led; null in a resumed session, where it showed none. */
  anchor: string | null;
  /** The protocol that the server chose of those that ALPN offered. */
  alpn: string | null;
  /** The session that later connections can resume; null if the server offers none. */
  session: Session | null;
}
