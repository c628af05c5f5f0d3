/**
 * A TLS 1.2 client (RFC 5246) without input and output: received bytes go in, events come out, and `work()` computes in
 * slices in between. A violation of the protocol ends the connection: the client sends an alert, reports a TlsError that says why, and
 * ignores everything that comes later.
 */
import { toHex } from '../bytes/encoding.ts';
import { createPieceReader, type PieceReader } from '../bytes/pieceReader.ts';
import { Reader } from '../bytes/reader.ts';
import { finish, type Steps } from '../steps.ts';
import { alertBytes, parseAlert } from './alert.ts';
import { refuseMessage, refuseValue, TlsError } from './errors.ts';
import { toTlsError } from './failure.ts';
import {
  bodyLength,
  createMessageReader,
  FINISHED,
  HELLO_REQUEST,
  isStreamed,
  MESSAGE_HEADER,
  SERVER_HELLO_DONE,
} from './handshake.ts';
import { messageName } from './messageName.ts';
import type { TlsClientOptions, TlsEvent } from './options.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE } from './record.ts';
import { type Content, createRecordReader } from './recordReader.ts';
import { createRecordWriter } from './recordWriter.ts';
import { startHandshake } from './states/expectServerHello.ts';
import type { State } from './states/state.ts';
import { traceMessage, traceStreamed } from './trace.ts';
import { createTranscript } from './transcript.ts';

export type { ConnectedEvent, TlsClientOptions, TlsEvent } from './options.ts';

/** All methods may be called at any time and in any order; none throws. */
export interface TlsClient {
  /**
   * Takes bytes from the network, in pieces of any size; they are copied.
   * @param elsewhere bytes of the server's that the caller keeps besides: they count as held
   */
  receive(bytes: Uint8Array, elsewhere?: number): void;
  /** Bytes held for the server now; `work()` consumes them. */
  held(): number;
  /**
   * Computes for one slice, 0.4 s at most on the board. The first call sends the ClientHello. Nothing more that came is
   * looked at before the last `data` event is taken.
   * @returns whether there is more to compute now
   */
  work(): boolean;
  /** The next event, in order; undefined if there is none. */
  nextEvent(): TlsEvent | undefined;
  /**
   * Queues application data to be encrypted and transmitted. They are kept, not copied: change them no more. Before
   * `connected` this is a fault of the caller's and fails the connection; after the end nothing happens.
   */
  send(data: Uint8Array): void;
  /** Sends what is queued and close_notify; then comes `closed`, and the transport can be ended. */
  close(): void;
  /** Tells that the transport ended: without a close_notify before, the connection fails as truncated. */
  transportClosed(): void;
}

/**
 * Most bytes held for the server over all layers during the handshake, when the heap is scarcest: received bytes that wait, the
 * message or record that is being put together, certificates. More than that ends the connection.
 */
export const MAX_HELD_IN_HANDSHAKE = 0x4000;
/** The same while the client makes its flight, which takes most of the heap. A server that waits for it sends at most a warning. */
const MAX_HELD_BEHIND_FLIGHT = 0x800;
/**
 * The same once connected: a record of 16 KB must fit, beside the bytes that one turn of the board's event loop brings, and
 * usually a packet of 4 KB that is split between two records (docs/DESIGN.md).
 */
export const MAX_HELD = 0x7400;

/** Warning alerts and HelloRequests tolerated in a row; BoringSSL's limit for alerts. */
const MAX_WARNINGS = 4;

/** A client for one connection, which begins with the first `work()`. */
export function createTlsClient(options: TlsClientOptions): TlsClient {
  const events: TlsEvent[] = [];
  const { checkpoint = () => undefined } = options;
  const reader = createRecordReader(options.trace, () => checkpoint('long record'));
  const writer = createRecordWriter(options.trace);
  const messages = createMessageReader();
  /** The message that is read as it comes: its body, the number of bytes still to come, and the generator that reads them. */
  let streamed: { type: number; body: PieceReader; left: number; steps: Steps<State> } | null = null;
  const held = { certificates: 0 };
  /** Most bytes held before the connection is up. */
  let mostInHandshake = MAX_HELD_IN_HANDSHAKE;
  /** Application data that waits to be encrypted. */
  const outgoing: Uint8Array[] = [];
  /** Null before the ClientHello, and after the end. */
  let state: State | null = null;
  /** The computation under way. */
  let task: Steps<void> | null = null;
  /** Whether something came in since the last computation found nothing to do. */
  let isAwake = true;
  let isClosing = false;
  let isTransportClosed = false;
  let hasEnded = false;
  /** Found between two computations. It waits until the one under way has written its record, so that the alert comes after it. */
  let fault: TlsError | null = null;
  let warnings = 0;
  /** The message that is being handled, for errors: its name, or its type. */
  let where: string | number = '';
  /** On the PC, reports the message that is being handled, once its fields have got their names. */
  let report = (): void => undefined;
  /** On the PC, pieces of the message that is read as it comes. */
  let traced: Uint8Array[] = [];

  const allHeld = (): number => {
    let bytes = reader.held() + messages.held() + held.certificates + (streamed === null ? 0 : streamed.body.held());
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (event.type === 'data') bytes += event.bytes.length;
    }
    return bytes;
  };
  const hasData = (): boolean => {
    for (let i = 0; i < events.length; i++) if (events[i].type === 'data') return true;
    return false;
  };

  /** Works on what has come and on what is queued, until nothing is left. */
  function* run(): Steps<void> {
    while (!hasEnded) {
      if (fault !== null) throw fault;
      const data = outgoing.shift();
      if (data !== undefined) {
        yield* transmit(APPLICATION_DATA, data);
      } else if (isClosing) {
        yield* sayGoodbye();
      } else if (state === null) {
        const transcript = createTranscript();
        state = yield* startHandshake({ options, transcript, reader, writer, events, held, checkpoint });
      } else {
        where = 'record';
        if (!(yield* takeRecord(state))) {
          if (!isTransportClosed) return;
          // Section 7.2.1: without close_notify nobody knows whether the end was cut off.
          const expected = state.isConnected ? 'close_notify' : awaited(state);
          throw new TlsError({ where: 'connection', expected, received: 'its end', origin: 'transport' });
        }
      }
      yield;
    }
  }

  /** Handles the next record; its bytes are garbage when this function has returned. @returns whether there was a record */
  function* takeRecord(current: State): Steps<boolean> {
    const content = yield* reader.next();
    if (content === null) return false;
    yield* process(content, current);
    return true;
  }

  function* transmit(type: number, content: Uint8Array): Steps<void> {
    if (content.length > 0) events.push({ type: 'transmit', bytes: yield* writer.write(type, content) });
  }

  /** Section 7.2.1: either side says close_notify before it ends; the answer need not be awaited. */
  function* sayGoodbye(): Steps<void> {
    if (state !== null) yield* transmit(ALERT, alertBytes('close_notify'));
    end({ type: 'closed' });
  }

  function* process({ type, bytes }: Content, current: State): Steps<void> {
    where = 'handshake';
    if (type === HANDSHAKE) {
      yield* handshake(bytes);
    } else if (type === ALERT) {
      yield* alert(bytes, current);
    } else if (messages.isAmid() || streamed !== null) {
      // Between the parts of a message only an alert may come: with a ChangeCipherSpec there, a message would begin under one key
      // and end under another (section 7.1). RFC 8446, section 5.1, forbids every other record there.
      refuseMessage('the rest of a message', contentName(type));
    } else if (type === CHANGE_CIPHER_SPEC && !current.isConnected && current.changeCipherSpec !== undefined) {
      // Section 7.1: "a single byte of value 1". Only the state in which it is due takes it.
      where = 'ChangeCipherSpec';
      const hex = toHex(bytes.subarray(0, 4));
      if (hex !== '01') refuseValue('one byte 01', hex);
      state = current.changeCipherSpec();
    } else if (type === CHANGE_CIPHER_SPEC || !current.isConnected) {
      // Before both Finished even empty application data are out of place (section 7.4.9).
      refuseMessage(awaited(current), contentName(type));
    } else if (bytes.length > 0) {
      warnings = 0;
      events.push({ type: 'data', bytes });
    }
  }

  /** Takes handshake messages, or parts of them, out of a record's content. */
  function* handshake(bytes: Uint8Array): Steps<void> {
    for (let at = 0; at < bytes.length;) {
      if (streamed !== null) {
        at += yield* readOn(streamed, bytes.subarray(at, at + streamed.left));
        continue;
      }
      where = 'handshake';
      const current = state as State;
      at = messages.take(bytes, at, (type) => {
        // Each state knows its messages: what is out of order is refused before memory is spent on it. So is a HelloRequest amid
        // the handshake: section 7.4.1.1 lets clients ignore it, but no transcript covers it, so anybody could have sent it, and
        // no server needs it here.
        if (!current.awaits.includes(type)) refuseMessage(awaited(current), messageName(type));
        where = type;
      });
      const message = messages.complete();
      if (message === null) continue;
      const type = message[0];
      where = type;
      // Finished is verified against the transcript without it; its state appends it (section 7.4.9).
      if (!current.isConnected && type !== FINISHED) yield* current.context.transcript.update(message);
      if (current.read !== undefined && isStreamed(type)) {
        yield* begin(message, current.read);
        continue;
      }
      // These end a flight: what follows in the same record was written without knowing the answer. If it has not come
      // yet, the next state refuses it.
      if (at < bytes.length && (type === SERVER_HELLO_DONE || type === FINISHED)) {
        refuseMessage('the end of the record', 'more behind it');
      }
      if (type === SERVER_HELLO_DONE) {
        mostInHandshake = MAX_HELD_BEHIND_FLIGHT;
        if (reader.held() > mostInHandshake) refuseMessage('the end of the flight', 'more behind it');
      }
      if (!current.isConnected) warnings = 0;
      if (type === HELLO_REQUEST) tolerate('HelloRequest');
      yield;
      const body = new Reader(message, 'body', MESSAGE_HEADER);
      TRACE: report = traceMessage(options.trace, message, messageName(type), type === FINISHED, body);
      state = yield* (current.handle as NonNullable<State['handle']>)(body, type);
      // Application data may follow right behind the server's Finished.
      mostInHandshake = MAX_HELD_IN_HANDSHAKE;
      TRACE: report();
    }
  }

  /** Begins to read a message as it comes. */
  function* begin(header: Uint8Array, read: NonNullable<State['read']>): Steps<void> {
    const [type] = header;
    const left = bodyLength(header);
    const body = createPieceReader(left, 'body');
    TRACE: {
      const tracing = traceStreamed(options.trace, header, messageName(type));
      ({ report, traced } = tracing);
      body.annotate(tracing.annotations, MESSAGE_HEADER);
    }
    streamed = { type, body, left, steps: read(body) };
    warnings = 0;
    // A message without a body fails here.
    if (left === 0) yield* readOn(streamed, new Uint8Array(0));
  }

  /** Reads on in a message. @param piece of its body @returns how long that is */
  function* readOn(message: NonNullable<typeof streamed>, piece: Uint8Array): Steps<number> {
    const { type, body, steps } = message;
    where = type;
    TRACE: traced.push(piece.slice());
    if (state?.isConnected === false) yield* state.context.transcript.update(piece);
    message.left -= piece.length;
    body.feed(piece);
    for (;;) {
      const step = steps.next();
      if (step.done === true) {
        TRACE: report();
        streamed = null;
        state = step.value;
        return piece.length;
      }
      if (body.isStarved()) return piece.length;
      yield;
    }
  }

  function* alert(bytes: Uint8Array, current: State): Steps<void> {
    where = 'Alert';
    const { fatal, description } = parseAlert(bytes);
    if (description === 'close_notify' && current.isConnected) {
      // Section 7.2.1: answered with a close_notify of one's own, "discarding any pending writes".
      yield* sayGoodbye();
    } else if (fatal || description === 'close_notify') {
      if (!fatal) yield* transmit(ALERT, alertBytes('close_notify'));
      const received = `alert ${description}`;
      throw new TlsError({
        where: 'server',
        expected: awaited(current),
        received,
        alert: description,
        origin: 'peer',
      });
    } else {
      tolerate(description);
    }
  }

  /** Ignores messages without a meaning, up to a limit. */
  function tolerate(what: string): void {
    warnings += 1;
    if (warnings > MAX_WARNINGS) refuseMessage(`${MAX_WARNINGS} in a row at most`, what);
  }

  /** Ends the connection for an error: with an alert, unless it came from the other side. */
  function fail(error: unknown): void {
    TRACE: report();
    const session = state?.session;
    // This comes first, because the code of errors and alerts needs room.
    release();
    const failure = toTlsError(error, where);
    // Section 7.2.2: with a fatal alert either side forgets the session. A broken network and a clock that is not set leave the
    // session valid.
    if (failure.alert !== null) {
      options.session?.forget();
      session?.forget();
    }
    if (failure.origin === 'local' && failure.alert !== null) {
      events.push({ type: 'transmit', bytes: finish(writer.write(ALERT, alertBytes(failure.alert))) });
    }
    end({ type: 'failed', error: failure });
  }

  /** Releases what the handshake made, and all bytes that are held for the server: nothing looks at them any more. */
  function release(): void {
    state = null;
    task = null;
    streamed = null;
    reader.clear();
    messages.clear();
    held.certificates = 0;
  }

  function end(event: TlsEvent): void {
    release();
    events.push(event);
    hasEnded = true;
    outgoing.length = 0;
  }

  return {
    receive(bytes, elsewhere = 0) {
      isAwake = true;
      const isUp = state?.isConnected === true;
      const most = isUp ? MAX_HELD : mostInHandshake;
      if (hasEnded || reader.push(bytes, most + reader.held() - allHeld() - elsewhere)) return;
      // No handshake needs so much, so the server is at fault; once the connection is up, this client is too slow.
      const alert = isUp ? 'internal_error' : 'unexpected_message';
      fault = new TlsError({ where: 'record', expected: `${most} bytes held at most`, received: 'more', alert });
    },

    work() {
      if (hasEnded || !isAwake || hasData()) return false;
      try {
        task ??= run();
        if (task.next().done === true) {
          task = null;
          isAwake = false;
        }
      } catch (error) {
        fail(error);
      }
      return isAwake && !hasEnded;
    },

    nextEvent: () => events.shift(),

    held: allHeld,

    send(data) {
      isAwake = true;
      if (isClosing) return;
      if (state?.isConnected === true) outgoing.push(data);
      else fault = new TlsError({ where: 'send', expected: 'a connection', received: 'data', alert: 'internal_error' });
    },

    close() {
      isAwake = true;
      isClosing = true;
    },

    transportClosed() {
      isAwake = true;
      isTransportClosed = true;
    },
  };
}

/** The messages that may come now, in words. */
function awaited(state: State): string {
  if (state.isConnected) return contentName(APPLICATION_DATA);
  if (state.changeCipherSpec !== undefined) return contentName(CHANGE_CIPHER_SPEC);
  return state.awaits.map(messageName).join(' or ');
}

function contentName(type: number): string {
  return type === CHANGE_CIPHER_SPEC ? 'ChangeCipherSpec' : 'application_data';
}
