/**
 * Break it: bytes are changed on their way between board and server, and both sides are asked what they find. The board
 * is the board's own client, run again on the tape; the server is `serverView.ts`.
 */
import { concat, equalBytes } from '../../src/bytes/encoding.ts';
import { sharedSecret } from '../../src/crypto/ecdh.ts';
import { finish, TlsError } from '../../src/index.ts';
import { FINISHED } from '../../src/tls/handshake.ts';
import { parseServerKeyExchange } from '../../src/tls/serverKeyExchange.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { type Direction, MESSAGE_HEADER } from '../../src/trace.ts';
import { observe, seen } from './observe.ts';
import { parseClientHello } from './clientMessages.ts';
import type { Recording, TranscriptMessage } from './recording.ts';
import { replay } from './replay.ts';
import { serverVerdict, type ServerKnowledge } from './serverView.ts';
import { ephemeralKey, streamOf, type Tape } from './tape.ts';
import { noticed, type Verdict } from './verdict.ts';

/** A change on the way: another stream in place of the one that a side sent. */
export interface Tampering {
  direction: Direction;
  stream: Uint8Array;
  /** Whether the transport ends behind it. */
  isCutOff?: boolean;
}

/** Changes one byte of a stream. @param mask the bits to turn over */
export function flipByte(tape: Tape, direction: Direction, at: number, mask: number): Tampering {
  const stream = streamOf(tape, direction);
  stream[at] ^= mask;
  return { direction, stream };
}

/** Judges changes of one tape. It computes once everything that does not depend on the change. */
export class Judge {
  private readonly tape: Tape;
  private readonly original: Recording;
  private readonly outgoing: Uint8Array;
  private readonly knowledge: ServerKnowledge | null;
  /** Number of the server's bytes that can be judged: if secrets are withheld, those before the keys are agreed. */
  readonly judgedIncoming: number;
  /** Number of the client's bytes that can be judged. */
  readonly judgedOutgoing: number;

  /** @param original the tape's connection as it was */
  constructor(tape: Tape, original: Recording) {
    this.tape = tape;
    this.original = original;
    this.outgoing = streamOf(tape, 'out');
    const isWhole = tape.secrets !== null && (tape.secrets.deviceKey !== null || tape.certificates.length === 0);
    this.judgedIncoming = isWhole ? Infinity : clearBytes(original);
    this.judgedOutgoing = isWhole ? Infinity : 0;
    this.knowledge = isWhole ? knowledgeOf(tape, original) : null;
  }

  judge({ direction, stream, isCutOff = false }: Tampering): Verdict {
    return direction === 'out' ? this.judgeOutgoing(stream) : this.judgeIncoming(stream, isCutOff);
  }

  private judgeOutgoing(stream: Uint8Array): Verdict {
    const verdict = this.knowledge === null ? null : serverVerdict(stream, this.knowledge);
    return verdict ?? NOBODY;
  }

  private judgeIncoming(stream: Uint8Array, isCutOff: boolean): Verdict {
    const { sent, error, isClosed, recording } = replay(this.tape, stream, isCutOff);
    const hasAnswered = recording.transcript.some(({ name }) => name === 'ClientKeyExchange');
    // The board's flight reaches the server before the server's next record reaches the board.
    if (hasAnswered && this.knowledge !== null && !sameStart(sent, this.outgoing, flightEnd(recording))) {
      const verdict = serverVerdict(sent, this.knowledge);
      if (verdict !== null) {
        const why = `The board cannot know yet, but what it answers is made over the messages as it saw them, and the server sent others. ${verdict.sentence}`;
        return { ...verdict, sentence: why };
      }
    }
    // Without the secrets the client cannot go on behind its flight as it did.
    if (hasAnswered && this.knowledge === null) {
      return sameMessages(recording, this.original) ? NOBODY : late(this.tape);
    }
    if (error !== null) return boardVerdict(error);
    if (isClosed) return NOBODY;
    return noticed('board', 'record', null, 'The board waits for bytes that never come, and gives up in the end.');
  }
}

const NOBODY: Verdict = {
  who: 'nobody',
  where: '',
  alert: null,
  sentence: 'Both sides go on as if nothing had happened.',
};

/** The verdict that needs no secrets: both sides have heard different messages. */
function late(tape: Tape): Verdict {
  const hasSigned = seen(observe(tape), 'out', 'CertificateVerify') !== undefined;
  const [where, alert] = hasSigned ? ['CertificateVerify', 'decrypt_error'] : ['Finished', 'bad_record_mac'];
  const proof = hasSigned ? 'signature is made over' : 'keys are made from';
  const why = `The board cannot know yet, but its ${proof} the messages as it saw them, and the server sent others.`;
  return noticed('server', where, alert, why);
}

function sameMessages(a: Recording, b: Recording): boolean {
  const [mine, theirs] = [a, b].map(({ transcript }) =>
    concat(...transcript.filter(isServerFlight).map(({ bytes }) => bytes)),
  );
  return equalBytes(mine, theirs);
}

function boardVerdict(error: Error): Verdict {
  if (!(error instanceof TlsError)) return noticed('board', 'MQTT', null, `The board refuses it: ${error.message}.`);
  const { where, expected, received, alert, origin } = error;
  if (origin === 'transport')
    return noticed('board', where, null, `The board expected ${expected}, and the connection ended: it was cut off.`);
  if (origin === 'peer')
    return noticed('board', where, null, `The board takes this for an alert of the server’s, ${alert}, and hangs up.`);
  return noticed('board', where, alert, `The board expected ${expected}, and got ${received}.`);
}

/** Bytes of the server's records before its ChangeCipherSpec. */
function clearBytes({ happenings }: Recording): number {
  let count = 0;
  for (const happening of happenings) {
    if (happening.kind !== 'record' || happening.record.direction !== 'in') continue;
    if (happening.record.bytes[0] !== 22 || happening.record.protected) break;
    count += happening.record.bytes.length;
  }
  return count;
}

/** The offset in the client's stream at which its records up to Finished end. */
function flightEnd({ happenings }: Recording): number {
  let end = 0;
  for (const happening of happenings) {
    if (happening.kind !== 'record' || happening.record.direction !== 'out') continue;
    end += happening.record.bytes.length;
    if (happening.record.protected) break;
  }
  return end;
}

function sameStart(a: Uint8Array, b: Uint8Array, length: number): boolean {
  return equalBytes(a.subarray(0, length), b.subarray(0, length));
}

function knowledgeOf(tape: Tape, { transcript }: Recording): ServerKnowledge | null {
  const find = (direction: Direction, name: string): Uint8Array | undefined =>
    transcript.find((message) => message.direction === direction && message.name === name)?.bytes;
  const [hello, serverHello] = [find('out', 'ClientHello'), find('in', 'ServerHello')];
  const [exchange, answer] = [find('in', 'ServerKeyExchange'), find('out', 'ClientKeyExchange')];
  if (hello === undefined || serverHello === undefined || exchange === undefined || answer === undefined) return null;
  const { group, point, scheme } = parseServerKeyExchange(new Reader(exchange, 'ServerKeyExchange', MESSAGE_HEADER));
  const privateKey = ephemeralKey(tape, group.curve);
  if (privateKey === null) return null;
  // The place of the suite depends on the session_id before it.
  const suite = MESSAGE_HEADER + 35 + serverHello[MESSAGE_HEADER + 34];
  return {
    sentHello: hello,
    sentPoint: answer.subarray(5),
    flight: transcript.filter(isServerFlight).map(({ bytes }) => bytes),
    serverRandom: serverHello.subarray(6, 38),
    cipherSuite: (serverHello[suite] << 8) | serverHello[suite + 1],
    group,
    scheme,
    serverName: parseClientHello(new Reader(hello, 'ClientHello', MESSAGE_HEADER)).serverName,
    preMasterSecret: finish(sharedSecret(group.curve, privateKey, point)),
    deviceAuthority: tape.deviceAuthority,
  };
}

/** ServerHello to ServerHelloDone. */
function isServerFlight({ direction, bytes: [type] }: TranscriptMessage): boolean {
  return direction === 'in' && type !== FINISHED;
}
