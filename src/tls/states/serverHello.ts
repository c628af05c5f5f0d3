/** The server's answer, which leads either to a full handshake or to an abbreviated one (RFC 5246, section 7.3). */
import { concat, equalBytes } from '../../bytes/encoding.ts';
import type { Reader } from '../../bytes/reader.ts';
import { HmacKey } from '../../crypto/hmac.ts';
import type { Steps } from '../../steps.ts';
import { serverNameOf, writeClientHello } from '../clientHello.ts';
import { TlsError } from '../errors.ts';
import { CLIENT_HELLO, handshakeMessage, SERVER_HELLO } from '../handshake.ts';
import { deriveKeys, verifyData } from '../keySchedule.ts';
import type { HandshakeSecrets } from '../prepare.ts';
import { HANDSHAKE } from '../record.ts';
import { parseServerHello } from '../serverHello.ts';
import type { Session } from '../session.ts';
import { ExpectChangeCipherSpec, ExpectFinished } from './finish.ts';
import { ExpectCertificate } from './serverCredentials.ts';
import { type Agreement, type HandshakeContext, now, type State } from './state.ts';

/** Sends the ClientHello. */
export function* startHandshake(context: HandshakeContext): Steps<State> {
  const { options, writer, events, transcript } = context;
  const time = now(options);
  const secrets = options.prepared.take();
  const session = options.session?.isUsable(options.host, time) === true ? options.session : null;
  const hello = handshakeMessage(CLIENT_HELLO, options.trace, (body) =>
    writeClientHello(body, {
      random: secrets.clientRandom,
      sessionId: session === null ? new Uint8Array(0) : session.id,
      serverName: serverNameOf(options.host),
      alpn: options.alpn ?? null,
    }),
  );
  events.push({ type: 'transmit', bytes: yield* writer.write(HANDSHAKE, hello) });
  yield;
  // Hashed while it travels.
  yield* transcript.update(hello);
  return new ExpectServerHello(context, secrets, session);
}

/** The server's hello. */
class ExpectServerHello implements State {
  readonly awaits = 'ServerHello';
  readonly types = [SERVER_HELLO];
  readonly context: HandshakeContext;
  private readonly secrets: HandshakeSecrets;
  /** The session offered, if any. */
  private readonly offered: Session | null;

  constructor(context: HandshakeContext, secrets: HandshakeSecrets, offered: Session | null) {
    this.context = context;
    this.secrets = secrets;
    this.offered = offered;
  }

  *handle(body: Reader): Steps<State> {
    const { context, secrets, offered } = this;
    const { host, alpn } = context.options;
    const hello = parseServerHello(body, { serverName: serverNameOf(host) !== null, alpn: alpn ?? null });
    // RFC 9325, section 3.5: "If the server does not acknowledge the extension, the client MUST generate a fatal
    // handshake_failure alert": else this handshake might be spliced behind somebody else's.
    if (!hello.secureRenegotiation) {
      throw new TlsError('handshake_failure', 'ServerHello', 'renegotiation_info', 'none');
    }
    context.reader.versionAgreed = true;
    const agreement: Agreement = {
      cipherSuite: hello.cipherSuite,
      randoms: concat(secrets.clientRandom, hello.random),
      sessionId: hello.sessionId.slice(),
      extendedMasterSecret: hello.extendedMasterSecret,
      alpn: hello.alpn,
    };
    // Section 7.4.1.3: the server resumes if it answers with the id that was offered.
    if (offered !== null && equalBytes(offered.id, hello.sessionId)) {
      return yield* resume(context, agreement, offered);
    }
    return new ExpectCertificate(context, agreement, secrets);
  }
}

/** The abbreviated handshake: from the kept master secret straight to the server's ChangeCipherSpec and Finished. */
function* resume(context: HandshakeContext, agreement: Agreement, session: Session): Steps<State> {
  const { options, transcript } = context;
  const { cipherSuite, extendedMasterSecret, randoms, alpn } = agreement;
  // Section 7.4.1.3: a resumed session has the suite that it had.
  if (cipherSuite !== session.cipherSuite) {
    throw new TlsError('illegal_parameter', 'ServerHello', "the session's suite", cipherSuite.toString(16));
  }
  // RFC 7627, section 5.3: if the session used the extension and the answer lacks it, "the client MUST abort".
  if (!extendedMasterSecret) {
    throw new TlsError('handshake_failure', 'ServerHello', 'extended_master_secret', 'none');
  }
  const master = new HmacKey(session.masterSecret);
  TRACE: options.trace?.secret('master_secret', session.masterSecret.slice());
  const keys = yield* deriveKeys(master, randoms, options.trace);
  const expected = yield* verifyData(master, 'server', transcript.digest());
  const connected = { type: 'connected', cipherSuite, anchor: null, alpn, session } as const;
  const next = new ExpectFinished(context, expected, connected, { master, protection: keys.client });
  return new ExpectChangeCipherSpec(context, keys.server, next);
}
