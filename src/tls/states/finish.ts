/**
 * The end of the handshake (RFC 5246, section 7.3): both sides change to the new keys and prove with Finished that they
 * saw the same messages. In a full handshake the client begins, in an abbreviated one the server.
 */
import { concat, equalBytes } from '../../bytes/encoding.ts';
import type { HmacKey } from '../../crypto/hmac.ts';
import type { Steps } from '../../steps.ts';
import { refuse } from '../errors.ts';
import { parseFinished, writeFinished } from '../finished.ts';
import { FINISHED, handshakeMessage } from '../handshake.ts';
import { verifyData } from '../keySchedule.ts';
import type { ConnectedEvent } from '../options.ts';
import { CHANGE_CIPHER_SPEC, HANDSHAKE } from '../record.ts';
import type { RecordProtection } from '../recordProtection.ts';
import { connectedState } from './connected.ts';
import type { HandshakeContext, HandshakeState } from './state.ts';

/** The server's next record changes to its new keys; its Finished comes under these. */
export function expectChangeCipherSpec(
  { reader }: HandshakeContext,
  protection: RecordProtection,
  next: HandshakeState,
): HandshakeState {
  return {
    ...next,
    awaits: [],
    changeCipherSpec() {
      reader.protect(protection);
      return next;
    },
  };
}

/**
 * The server's Finished.
 * @param expected verify_data, 12 bytes
 * @param connected the event that is reported then
 * @param reply the client's flight in an abbreviated handshake; null in a full one, in which this message is the last
 */
export function expectFinished(
  context: HandshakeContext,
  expected: Uint8Array,
  connected: ConnectedEvent,
  reply: (() => Steps<Uint8Array>) | null,
): HandshakeState {
  const { transcript, events } = context;
  const { session } = connected;
  return {
    isConnected: false,
    awaits: [FINISHED],
    context,
    session,
    *handle(body) {
      // Section 7.4.9: "Recipients of Finished messages MUST verify that the contents are correct"; section 7.2.2 has
      // decrypt_error for it, and so has BoringSSL whatever its length. The comparison takes constant time, so that an attacker
      // who guesses does not learn how many bytes were right.
      if (!equalBytes(parseFinished(body), expected)) refuse('decrypt_error', 'the right verify_data', 'another');
      if (reply !== null) {
        yield* transcript.update(body.source);
        events.push({ type: 'transmit', bytes: yield* reply() });
      }
      // Only now, with both Finished exchanged and verified, may application data go up or out (section 7.4.9).
      context.reader.trust();
      events.push(connected);
      return connectedState(session);
    },
  };
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
