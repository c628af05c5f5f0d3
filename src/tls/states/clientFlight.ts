/** The client's flight of a full handshake (RFC 5246, section 7.3), once ServerHelloDone ended the server's. */
import { concat } from '../../bytes/encoding.ts';
import { bigIntToBytes } from '../../bytes/bigint.ts';
import type { EcCurve } from '../../crypto/curve.ts';
import { type EcKeyPair, generateKeyPair, sharedSecret } from '../../crypto/ecdh.ts';
import { prepareEcdsaNonce, signEcdsa } from '../../crypto/ecdsaSign.ts';
import { CryptoError } from '../../crypto/errors.ts';
import { HmacKey } from '../../crypto/hmac.ts';
import { signRsaPkcs1 } from '../../crypto/rsaSign.ts';
import type { Steps } from '../../steps.ts';
import { writeCertificateList } from '../certificate.ts';
import { parseCertificateRequest } from '../certificateRequest.ts';
import { writeCertificateVerify } from '../certificateVerify.ts';
import type { VerifiedServer } from '../chainCache.ts';
import { writeClientKeyExchange } from '../clientKeyExchange.ts';
import { TlsError } from '../errors.ts';
import type { Group } from '../group.ts';
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  CERTIFICATE_VERIFY,
  CLIENT_KEY_EXCHANGE,
  handshakeMessage,
  SERVER_HELLO_DONE,
} from '../handshake.ts';
import { deriveKeys, masterSecret, verifyData } from '../keySchedule.ts';
import type { HandshakeSecrets } from '../handshakeSecrets.ts';
import type { ClientIdentity } from '../options.ts';
import { HANDSHAKE } from '../record.ts';
import { createSession, type Session } from '../session.ts';
import { ECDSA_SHA256, RSA_SHA256 } from '../signatureScheme.ts';
import { traceKeys } from '../trace.ts';
import { expectChangeCipherSpec, expectFinished, finishedFlight } from './finish.ts';
import { type Agreement, type HandshakeContext, type HandshakeState, now } from './state.ts';

/** Results of the server's flight that the client's flight uses. */
export interface KeyExchange {
  agreement: Agreement;
  secrets: HandshakeSecrets;
  server: VerifiedServer;
  group: Group;
  /** The server's ephemeral key, a point of that group: signed by it, but not yet known to be on the curve. */
  point: Uint8Array;
}

/** The server asks for the device's certificate, or is done. */
export function expectCertificateRequest(context: HandshakeContext, exchange: KeyExchange): HandshakeState {
  return {
    isConnected: false,
    awaits: [CERTIFICATE_REQUEST, SERVER_HELLO_DONE],
    context,
    *read(body) {
      const { identity } = context.options;
      const isEc = identity?.key.type === 'ec';
      // Sections 7.4.4 and 7.4.6: the certificate's type and the signature's algorithm must be among those named.
      const isSuitable = yield* parseCertificateRequest(body, isEc ? 64 : 1, isEc ? ECDSA_SHA256 : RSA_SHA256);
      return expectServerHelloDone(context, exchange, isSuitable ? identity : null);
    },
    handle(body) {
      body.end();
      return sendFlight(context, exchange, undefined);
    },
  };
}

/** The server is done. */
function expectServerHelloDone(
  context: HandshakeContext,
  exchange: KeyExchange,
  identity: ClientIdentity | null,
): HandshakeState {
  return {
    isConnected: false,
    awaits: [SERVER_HELLO_DONE],
    context,
    handle(body) {
      body.end();
      return sendFlight(context, exchange, identity);
    },
  };
}

/**
 * Certificate and CertificateVerify if they were asked for, ClientKeyExchange; ChangeCipherSpec; Finished: three records.
 * @param identity null if none suits what the server asked for; undefined if it did not ask
 */
function* sendFlight(
  context: HandshakeContext,
  { agreement, secrets, server, group, point }: KeyExchange,
  identity: ClientIdentity | null | undefined,
): Steps<HandshakeState> {
  const { options, transcript, writer, events, checkpoint } = context;
  const { trace } = options;
  const { randoms, cipherSuite, sessionId, extendedMasterSecret, alpn } = agreement;
  const messages: Uint8Array[] = [];
  function* add(message: Uint8Array): Steps<void> {
    messages.push(message);
    yield* transcript.update(message);
  }
  if (identity !== undefined) {
    // Section 7.4.6: "If no suitable certificate is available, the client MUST send a certificate message containing
    // no certificates."
    const certificates = identity === null ? [] : identity.certificates;
    const capacity = certificates.reduce((sum, { length }) => sum + length + 3, 7);
    yield* add(handshakeMessage(CERTIFICATE, trace, (body) => writeCertificateList(body, certificates), capacity));
  }
  // The caller may compute for long at a checkpoint, so the checkpoint has a slice of its own.
  yield;
  checkpoint('sharing secret', identity?.key.type ?? 'ec');
  yield;
  // Few servers insist on another group than the preferred one, whose key was made before dialling.
  const isPrepared = secrets.keyPair.curve === group.curve;
  const keyPair = isPrepared ? secrets.keyPair : yield* keyPairOn(group.curve, secrets);
  const { publicKey } = keyPair;
  yield* add(handshakeMessage(CLIENT_KEY_EXCHANGE, trace, (body) => writeClientKeyExchange(body, publicKey)));
  // All messages up to here are both what CertificateVerify signs (section 7.4.8) and the session_hash of RFC 7627.
  const sessionHash = transcript.digest();
  const preMaster = yield* preMasterSecret(keyPair, point);
  checkpoint('secret shared', 'ec');
  TRACE: trace?.secret('pre_master_secret', preMaster.slice());
  const secret = yield* masterSecret(preMaster, extendedMasterSecret ? sessionHash : null, randoms);
  TRACE: trace?.secret('master_secret', secret.slice());
  if (identity) {
    const { key } = identity;
    const scheme = key.type === 'ec' ? ECDSA_SHA256 : RSA_SHA256;
    checkpoint('signing', key.type);
    const signature = yield* sign(key, sessionHash, secrets, context);
    checkpoint('signed', key.type);
    yield* add(handshakeMessage(CERTIFICATE_VERIFY, trace, (body) => writeCertificateVerify(body, scheme, signature)));
  }
  const master = new HmacKey(secret);
  const keys = yield* deriveKeys(master, randoms);
  TRACE: traceKeys(trace, keys);
  let session: Session | null = null;
  if (sessionId.length > 0 && extendedMasterSecret) {
    session = createSession(sessionId, secret, cipherSuite.id, options.host, now(options), server.end);
  } else {
    secret.fill(0);
  }
  const first = yield* writer.write(HANDSHAKE, concat(...messages));
  events.push({ type: 'transmit', bytes: concat(first, yield* finishedFlight(context, master, keys.client)) });
  yield;
  // The client computes this while the flight travels and the server works.
  const expected = yield* verifyData(master, 'server', transcript.digest());
  const { anchor } = server;
  const connected = { type: 'connected', cipherSuite: cipherSuite.id, anchor, alpn, session } as const;
  return expectChangeCipherSpec(context, keys.server, expectFinished(context, expected, connected, null));
}

/**
 * A key on another curve than the prepared one's. Its seed is the secret of the prepared key, which has no other use now:
 * the code of the generator is no longer in memory, and those 256 random bits are more than P-384 is strong.
 */
export function keyPairOn(curve: EcCurve, { keyPair }: Pick<HandshakeSecrets, 'keyPair'>): Steps<EcKeyPair> {
  const seed = new HmacKey(bigIntToBytes(keyPair.privateKey, 32));
  let count = 0;
  const block = (): Uint8Array => seed.mac(Uint8Array.of(count++));
  return generateKeyPair(curve, (length) => concat(block(), block()).subarray(0, length));
}

/** X of the shared point (RFC 8422, section 5.10), 32 or 48 bytes. */
function* preMasterSecret({ curve, privateKey }: EcKeyPair, point: Uint8Array): Steps<Uint8Array> {
  try {
    return yield* sharedSecret(curve, privateKey, point);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    // Section 5.11: the receiver MUST check that the point satisfies the curve equation.
    const details = { where: 'ServerKeyExchange', expected: `a point on ${curve}`, received: error.message } as const;
    throw new TlsError({ ...details, alert: 'illegal_parameter' });
  }
}

/** The signature of CertificateVerify, over `digest`. */
function* sign(
  key: ClientIdentity['key'],
  digest: Uint8Array,
  secrets: HandshakeSecrets,
  { options }: HandshakeContext,
): Steps<Uint8Array> {
  if (key.type === 'rsa') return yield* signRsaPkcs1(key, digest);
  // Secrets that were prepared without this identity have no nonce yet. They are released with this flight: a nonce signs once.
  return signEcdsa(key.privateKey, digest, secrets.nonce ?? (yield* prepareEcdsaNonce(options.random)));
}
