/**
 * A TLS 1.2 client for machines with little memory. This is the only door to `tls`, `x509` and `crypto`: the device
 * program, the commands and their tests import from here, from `mqtt/index.ts` and from `trace.ts` (a lint rule sees to
 * it). README.md in this folder has a whole handshake in twenty lines.
 */

// The client: bytes in, events out.
export { createTlsClient, MAX_HELD, MAX_HELD_IN_HANDSHAKE, type TlsClient } from './tls/client.ts';
export type { ClientIdentity, ConnectedEvent, Checkpoint, TlsClientOptions, TlsEvent } from './tls/options.ts';
export type { Session } from './tls/session.ts';

// The parts from which a connection is made.
export { prepareHandshake } from './tls/prepareHandshake.ts';
export type { PreparedHandshake } from './tls/handshakeSecrets.ts';
export { type ChainCache, createChainCache, type KeptChain, type VerifiedServer } from './tls/chainCache.ts';
export { trustAnchor, type TrustAnchor } from './x509/anchor.ts';
export { decodePem, type PemBlock, PemError } from './x509/pem.ts';
export type { PublicKey } from './x509/publicKey.ts';
export { type RsaPrivateKey, signRsaPkcs1 } from './crypto/rsaSign.ts';
export { HashDrbg } from './crypto/hashDrbg.ts';
export { Sha256 } from './crypto/sha256.ts';
export { verifyEcdsa } from './crypto/ecdsa.ts';
export type { Random } from './crypto/random.ts';

// The protocol's numbers and names.
export { type CipherSuite, cipherSuiteOf, cipherSuites } from './tls/cipherSuite.ts';
export { type Group, groupOf, groups } from './tls/group.ts';

// Computing in slices.
export { finish, type Steps } from './steps.ts';

// The errors.
export type { AlertDescription } from './tls/alertDescription.ts';
export { type ErrorOrigin, TlsError, type TlsErrorDetails } from './tls/errors.ts';
export { CertificateError, type CertificateProblem } from './x509/errors.ts';
export { CryptoError } from './crypto/errors.ts';
export { DecodeError } from './bytes/errors.ts';
