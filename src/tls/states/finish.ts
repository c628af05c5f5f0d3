/**
 * The end of the handshake (RFC 5246, section 7.3): both sides change to the new keys and prove with Finished that they
 * saw the same messages. In a full handshake the client begins, in an abbreviated one the server.
 */
import { concat, equalBytes } from '../../bytes/encoding.ts';
import type { Reader } from '../../bytes/reader.ts';
import type { HmacKey } from '../../crypto/hmac.ts';
import type { Steps } from '../../steps.ts';
import { TlsError } from '../errors.ts';
import { parseFinished, writeFinished } from '../finished.ts';
import { FINISHED, handshakeMessage, HELLO_REQUEST } from '../handshake.ts';
import { verifyData } from '../keySchedule.ts';
import type { ConnectedEvent } from '../options.ts';
import { CHANGE_CIPHER_SPEC, HANDSHAKE } from '../record.ts';
import type { RecordProtection } from '../recordProtection.ts';
import type { Session } from '../session.ts';
import type { HandshakeContext, State } from './state.ts';

/** The server's next record changes to its new keys. */
export class ExpectChangeCipherSpec implements State {
  readonly awaits = 'ChangeCipherSpec';
  readonly types = [];
  readonly context: HandshakeContext;
  readonly session: Session | null;
  private readonly protection: RecordProtection;
  private readonly next: State;

  constructor(context: HandshakeContext, protection: RecordProtection, next: State & { session: Session | null }) {
    this.context = context;
    this.protection = protection;
    this.next = next;
    this.session = next.session;
  }

  changeCipherSpec(): State {
    this.context.reader.protect(this.protection);
    return this.next;
  }
}

/** What an abbreviated handshake still has to send, once the server's Finished was found right. */
interface Reply {
  master: HmacKey;
  protection: RecordProtection;
}

/** The server's Finished: the first record under its new keys. */
export class ExpectFinished implements State {
  readonly awaits = 'Finished';
  readonly types = [FINISHED];
  readonly context: HandshakeContext;
  readonly session: Session | null;
  private readonly verifyData: Uint8Array;
  private readonly connected: ConnectedEvent;
  private readonly reply: Reply | null;

  /**
   * @param expected verify_data, 12 bytes
   * @param connected to be announced then
   * @param reply null in a full handshake, in which this message is the last
   */
  constructor(context: HandshakeContext, expected: Uint8Array, connected: ConnectedEvent, reply: Reply | null) {
    this.context = context;
    this.verifyData = expected;
    this.connected = connected;
    this.session = connected.session;
    this.reply = reply;
  }

  *handle(body: Reader): Steps<State> {
    const { context, reply, verifyData } = this;
    // Section 7.4.9: "Recipients of Finished messages MUST verify that the contents are correct"; section 7.2.2 has
    // decrypt_error for it. In constant time: whoever guesses must not learn how far the guess was right.
    if (!equalBytes(parseFinished(body), verifyData)) {
      throw new TlsError('decrypt_error', 'Finished', 'the right verify_data', 'another');
    }
    if (reply !== null) {
      yield* context.transcript.update(body.source);
      const flight = yield* finishedFlight(context, reply.master, reply.protection);
      context.events.push({ type: 'transmit', bytes: flight });
    }
    // Only now, with both Finished exchanged and verified, may application data go up or out (section 7.4.9).
    context.events.push(this.connected);
    return new Connected(this.session);
  }
}

/**
 * The handshake is over. A HelloRequest may be ignored by a client that does not wish to renegotiate (section 7.4.1.1):
 * OpenSSL would take a no_renegotiation alert for the end of the connection. The caller counts them.
 */
export class Connected implements State {
  readonly awaits = 'application_data';
  readonly types = [HELLO_REQUEST];
  readonly context = null;
  readonly session: Session | null;

  constructor(session: Session | null) {
    this.session = session;
  }

  // eslint-disable-next-line require-yield -- a state's interface, for those that compute
  *handle(body: Reader): Steps<State> {
    body.end();
    return this;
  }
}

/** The records of ChangeCipherSpec and, already protected, Finished; its message goes into the transcript. */
export function* finishedFlight(
  { options, transcript, writer }: HandshakeContext,
  master: HmacKey,
  protection: RecordProtection,
): Steps<Uint8Array> {
  const data = yield* verifyData(master, 'client', transcript.digest());
  const finished = handshakeMessage(FINISHED, options.trace, (body) => writeFinished(body, data));
  yield* transcript.update(finished);
  // Section 7.1: a single byte of value 1, in a record of its own, under the keys used until now.
  const change = yield* writer.write(CHANGE_CIPHER_SPEC, new Uint8Array([1]));
  writer.protect(protection);
  return concat(change, yield* writer.write(HANDSHAKE, finished));
}
