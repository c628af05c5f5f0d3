/** The server's answer, which leads either to a full handshake or to an abbreviated one (RFC 5246, section 7.3). */
import { concat, equalBytes } from '../../bytes/encoding.ts';
import { HmacKey } from '../../crypto/hmac.ts';
import type { Steps } from '../../steps.ts';
import { serverNameOf, writeClientHello } from '../clientHello.ts';
import { refuse, refuseValue, TlsError } from '../errors.ts';
import { CLIENT_HELLO, handshakeMessage, SERVER_HELLO } from '../handshake.ts';
import { deriveKeys, verifyData } from '../keySchedule.ts';
import type { HandshakeSecrets } from '../handshakeSecrets.ts';
import { HANDSHAKE } from '../record.ts';
import { parseServerHello } from '../serverHello.ts';
import type { Session } from '../session.ts';
import { expectChangeCipherSpec, expectFinished, finishedFlight } from './finish.ts';
import { expectCertificate } from './serverCredentials.ts';
import { traceKeys } from '../trace.ts';
import { type Agreement, type HandshakeContext, type HandshakeState, now } from './state.ts';

/** Sends the ClientHello. @throws TlsError for a host or an ALPN name that it cannot carry: nothing is sent then */
export function* startHandshake(context: HandshakeContext): Steps<HandshakeState> {
  const { options, writer, events, transcript } = context;
  const { host, alpn = null } = options;
  const time = now(options);
  const serverName = serverNameOf(host);
  // RFC 6066, section 3, and RFC 7301, section 3.1: each name has at least a byte. A character beyond ASCII would be sent as
  // another one.
  for (const name of [serverName ?? host, alpn ?? host]) {
    if (!/^[!-~]{1,255}$/.test(name))
      throw new TlsError({ where: 'ClientHello', expected: 'names of 1 to 255 ASCII characters', received: name });
  }
  const secrets = options.prepared.take();
  const session = options.session?.isUsable(host, time) === true ? options.session : null;
  const sessionId = session === null ? new Uint8Array(0) : session.id;
  const hello = handshakeMessage(CLIENT_HELLO, options.trace, (body) =>
    writeClientHello(body, { random: secrets.clientRandom, sessionId, serverName, alpn }),
  );
  // Appendix E.1: any minor version will do here. 1 is what most clients send, and so what middleboxes have been tried with
  // (RFC 8446, section 5.1).
  events.push({ type: 'transmit', bytes: yield* writer.write(HANDSHAKE, hello, 1) });
  yield;
  // The ClientHello is hashed while it travels.
  yield* transcript.update(hello);
  return expectServerHello(context, secrets, session);
}

/**
 * The server's hello.
 * @param offered the session that the ClientHello named, if any
 */
function expectServerHello(
  context: HandshakeContext,
  secrets: HandshakeSecrets,
  offered: Session | null,
): HandshakeState {
  return {
    isConnected: false,
    awaits: [SERVER_HELLO],
    context,
    *handle(body) {
      const { host, alpn = null } = context.options;
      const hello = parseServerHello(body, { serverName: serverNameOf(host) !== null, alpn });
      // RFC 9325, section 3.5: "If the server does not acknowledge the extension, the client MUST generate a fatal
      // handshake_failure alert": else this handshake might be spliced behind somebody else's.
      if (!hello.secureRenegotiation) refuse('handshake_failure', 'renegotiation_info', 'none');
      context.reader.agreeVersion();
      const agreement = { ...hello, randoms: concat(secrets.clientRandom, hello.random) };
      // Section 7.4.1.3: the server resumes if it answers with the id that was offered.
      if (offered !== null && equalBytes(offered.id, hello.sessionId))
        return yield* resume(context, agreement, offered);
      // The server no longer knows the session that was offered, so a new one may replace it.
      offered?.forget();
      return expectCertificate(context, agreement, secrets);
    },
  };
}

/** The abbreviated handshake: from the kept master secret straight to the server's ChangeCipherSpec and Finished. */
function* resume(
  context: HandshakeContext,
  { cipherSuite, extendedMasterSecret, randoms, alpn }: Agreement,
  session: Session,
): Steps<HandshakeState> {
  // Another connection that shares the session may have failed since it was offered. Its secret is zeros then, which anybody
  // could use.
  if (!session.isUsable(context.options.host, now(context.options))) {
    refuse('handshake_failure', 'a session that is still good', 'one that was forgotten');
  }
  // Section 7.4.1.3: a resumed session has the suite that it had.
  if (cipherSuite.id !== session.cipherSuite) {
    refuseValue("the session's suite", cipherSuite.id.toString(16));
  }
  // RFC 7627, section 5.3: if the session used the extension and the answer lacks it, "the client MUST abort".
  if (!extendedMasterSecret) refuse('handshake_failure', 'extended_master_secret', 'none');
  TRACE: context.options.trace?.secret('master_secret', session.masterSecret.slice());
  const master = new HmacKey(session.masterSecret);
  const keys = yield* deriveKeys(master, randoms);
  TRACE: traceKeys(context.options.trace, keys);
  const expected = yield* verifyData(master, 'server', context.transcript.digest());
  const connected = { type: 'connected', cipherSuite: cipherSuite.id, anchor: null, alpn, session } as const;
  const reply = (): Steps<Uint8Array> => finishedFlight(context, master, keys.client);
  return expectChangeCipherSpec(context, keys.server, expectFinished(context, expected, connected, reply));
}
