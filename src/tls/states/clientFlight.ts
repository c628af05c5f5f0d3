/** The client's flight of a full handshake (RFC 5246, section 7.3), once ServerHelloDone ended the server's. */
import { concat } from '../../bytes/encoding.ts';
import type { Reader } from '../../bytes/reader.ts';
import { prepareEcdsaNonce, signEcdsa } from '../../crypto/ecdsa.ts';
import { CryptoError } from '../../crypto/errors.ts';
import { HmacKey } from '../../crypto/hmac.ts';
import { p256SharedSecret } from '../../crypto/p256.ts';
import { signRsaPkcs1 } from '../../crypto/rsa.ts';
import type { Steps } from '../../steps.ts';
import { writeCertificateList } from '../certificate.ts';
import { type CertificateRequest, parseCertificateRequest } from '../certificateRequest.ts';
import { writeCertificateVerify } from '../certificateVerify.ts';
import type { VerifiedServer } from '../chainCache.ts';
import { writeClientKeyExchange } from '../clientKeyExchange.ts';
import { TlsError } from '../errors.ts';
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  CERTIFICATE_VERIFY,
  CLIENT_KEY_EXCHANGE,
  handshakeMessage,
  SERVER_HELLO_DONE,
} from '../handshake.ts';
import { deriveKeys, masterSecret, verifyData } from '../keySchedule.ts';
import type { ClientIdentity, HandshakeSecrets } from '../prepare.ts';
import { HANDSHAKE } from '../record.ts';
import { Session } from '../session.ts';
import { ECDSA_SHA256, RSA_SHA256 } from '../signatureScheme.ts';
import { ExpectChangeCipherSpec, ExpectFinished, finishedFlight } from './finish.ts';
import { type Agreement, type HandshakeContext, now, type State } from './state.ts';

/** What the server's flight left to be used in the client's. */
export interface KeyExchange {
  agreement: Agreement;
  secrets: HandshakeSecrets;
  server: VerifiedServer;
  /** The server's ephemeral key, 65 bytes: signed by it, but not yet known to be on the curve. */
  point: Uint8Array;
}

/** The server asks for the device's certificate, or is done. */
export class ExpectCertificateRequest implements State {
  readonly awaits = 'CertificateRequest or ServerHelloDone';
  readonly types = [CERTIFICATE_REQUEST, SERVER_HELLO_DONE];
  readonly context: HandshakeContext;
  private readonly exchange: KeyExchange;

  constructor(context: HandshakeContext, exchange: KeyExchange) {
    this.context = context;
    this.exchange = exchange;
  }

  *handle(body: Reader, type: number): Steps<State> {
    if (type === CERTIFICATE_REQUEST) {
      return new ExpectServerHelloDone(this.context, this.exchange, parseCertificateRequest(body));
    }
    body.end();
    return yield* sendFlight(this.context, this.exchange, null);
  }
}

/** The server is done. */
class ExpectServerHelloDone implements State {
  readonly awaits = 'ServerHelloDone';
  readonly types = [SERVER_HELLO_DONE];
  readonly context: HandshakeContext;
  private readonly exchange: KeyExchange;
  private readonly request: CertificateRequest;

  constructor(context: HandshakeContext, exchange: KeyExchange, request: CertificateRequest) {
    this.context = context;
    this.exchange = exchange;
    this.request = request;
  }

  handle(body: Reader): Steps<State> {
    body.end();
    return sendFlight(this.context, this.exchange, this.request);
  }
}

/** Certificate and CertificateVerify if they were asked for, ClientKeyExchange, ChangeCipherSpec, Finished: three records. */
function* sendFlight(
  context: HandshakeContext,
  { agreement, secrets, server, point }: KeyExchange,
  request: CertificateRequest | null,
): Steps<State> {
  const { options, transcript, writer, events } = context;
  const { trace } = options;
  const { randoms, cipherSuite, alpn } = agreement;
  const identity = request === null ? null : suitableIdentity(request, options.identity);
  const messages: Uint8Array[] = [];
  if (request !== null) {
    // Section 7.4.6: "If no suitable certificate is available, the client MUST send a certificate message containing
    // no certificates."
    const certificates = identity === null ? [] : identity.certificates;
    messages.push(handshakeMessage(CERTIFICATE, trace, (body) => writeCertificateList(body, certificates)));
    yield* transcript.update(messages[0]);
  }
  const { publicKey, privateKey } = secrets.keyPair;
  const exchange = handshakeMessage(CLIENT_KEY_EXCHANGE, trace, (body) => writeClientKeyExchange(body, publicKey));
  messages.push(exchange);
  yield* transcript.update(exchange);
  // All messages up to here are both what CertificateVerify signs (section 7.4.8) and the session_hash of RFC 7627.
  const sessionHash = transcript.digest();
  const master = yield* masterSecret(
    yield* sharedSecret(privateKey, point),
    agreement.extendedMasterSecret ? sessionHash : null,
    randoms,
    trace,
  );
  if (identity !== null) {
    const [scheme, signature] = yield* sign(identity.key, sessionHash, secrets, context);
    const verify = handshakeMessage(CERTIFICATE_VERIFY, trace, (body) =>
      writeCertificateVerify(body, scheme, signature),
    );
    messages.push(verify);
    yield* transcript.update(verify);
  }
  const masterKey = new HmacKey(master);
  const keys = yield* deriveKeys(masterKey, randoms, trace);
  const session = newSession(agreement, master, server, context);
  if (session === null) master.fill(0);
  const first = yield* writer.write(HANDSHAKE, concat(...messages));
  events.push({ type: 'transmit', bytes: concat(first, yield* finishedFlight(context, masterKey, keys.client)) });
  yield;
  // Computed while the flight travels and the server works.
  const expected = yield* verifyData(masterKey, 'server', transcript.digest());
  const connected = { type: 'connected', cipherSuite, anchor: server.anchor, alpn, session } as const;
  return new ExpectChangeCipherSpec(context, keys.server, new ExpectFinished(context, expected, connected, null));
}

/** X of the shared point (RFC 8422, section 5.10), 32 bytes. */
function* sharedSecret(privateKey: bigint, point: Uint8Array): Steps<Uint8Array> {
  try {
    return yield* p256SharedSecret(privateKey, point);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    // Section 5.11: the receiver MUST check that the point satisfies the curve equation.
    throw new TlsError('illegal_parameter', 'ServerKeyExchange', 'a point on P-256', error.message, 'local', error);
  }
}

/** The device's identity if the server takes its type and its algorithm (sections 7.4.4 and 7.4.6). */
function suitableIdentity(request: CertificateRequest, identity: ClientIdentity | null): ClientIdentity | null {
  if (identity === null) return null;
  const [type, scheme] = identity.key.type === 'ec' ? [64, ECDSA_SHA256] : [1, RSA_SHA256];
  return request.certificateTypes.includes(type) && request.schemes.includes(scheme) ? identity : null;
}

/** The scheme and the signature of CertificateVerify, over `digest`. */
function* sign(
  key: ClientIdentity['key'],
  digest: Uint8Array,
  secrets: HandshakeSecrets,
  { options }: HandshakeContext,
): Steps<[number, Uint8Array]> {
  if (key.type === 'rsa') return [RSA_SHA256, yield* signRsaPkcs1(key, digest)];
  // Prepared without this identity, there is none yet.
  const nonce = secrets.nonce ?? (yield* prepareEcdsaNonce(options.random));
  secrets.nonce = null;
  return [ECDSA_SHA256, signEcdsa(key.privateKey, digest, nonce)];
}

/** Null if the server gave no id, or the session is not bound to this handshake (RFC 7627, section 5.3). */
function newSession(
  { sessionId, extendedMasterSecret, cipherSuite }: Agreement,
  masterSecret: Uint8Array,
  server: VerifiedServer,
  { options }: HandshakeContext,
): Session | null {
  if (sessionId.length === 0 || !extendedMasterSecret) return null;
  const { host } = options;
  const established = now(options);
  return new Session({ id: sessionId, masterSecret, cipherSuite, host, established, chainEnd: server.end });
}
