/**
 * A TLS 1.2 client (RFC 5246) without input and output: received bytes go in, events come out, and `work()` computes in
 * slices in between. What is not allowed ends the connection: an alert goes out, a TlsError says why, and nothing that
 * comes later is looked at.
 */
import { toHex } from '../bytes/encoding.ts';
import { Reader } from '../bytes/reader.ts';
import { finish, type Steps } from '../steps.ts';
import { alertBytes, parseAlert } from './alert.ts';
import { TlsError, toTlsError } from './errors.ts';
import { FINISHED, HELLO_REQUEST, MESSAGE_HEADER, messageName, MessageReader, SERVER_HELLO_DONE } from './handshake.ts';
import type { TlsClientOptions, TlsEvent } from './options.ts';
import { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE } from './record.ts';
import { type Content, MAX_QUEUED, RecordReader } from './recordReader.ts';
import { RecordWriter } from './recordWriter.ts';
import { startHandshake } from './states/serverHello.ts';
import type { State } from './states/state.ts';
import { type TracedMessage, tracedMessage } from './trace.ts';
import { Transcript } from './transcript.ts';

export type { ConnectedEvent, TlsClientOptions, TlsEvent } from './options.ts';

/** Warning alerts and HelloRequests tolerated in a row; BoringSSL's limit for alerts. */
const MAX_WARNINGS = 4;

/** Both `receive()` and `work()` may be called at any time and in any order; none of the methods throws. */
export class TlsClient {
  private readonly options: TlsClientOptions;
  private readonly reader: RecordReader;
  private readonly writer: RecordWriter;
  private readonly messages = new MessageReader();
  private readonly events: TlsEvent[] = [];
  /** Application data that waits to be encrypted. */
  private readonly outgoing: Uint8Array[] = [];
  private state: State | null = null;
  /** The computation under way. */
  private task: Steps<void> | null = null;
  /** Whether something came in since the last computation found nothing to do. */
  private awake = true;
  private closing = false;
  private transportEnded = false;
  private ended = false;
  /** An error that waits for the computation under way: no record may be cut short by the alert. */
  private fault: TlsError | null = null;
  private warnings = 0;
  /** What is being handled, for errors. */
  private where = 'record';
  private traced: TracedMessage | null = null;

  constructor(options: TlsClientOptions) {
    this.options = options;
    this.reader = new RecordReader(options.trace);
    this.writer = new RecordWriter(options.trace);
  }

  /** Takes bytes from the network, in pieces of any size; they are copied. */
  receive(bytes: Uint8Array): void {
    if (this.ended) return;
    this.awake = true;
    if (!this.reader.push(new Uint8Array(bytes))) {
      this.fault = new TlsError('internal_error', 'record', `${MAX_QUEUED} bytes waiting at most`, 'more');
    }
  }

  /**
   * Computes for one slice, 0.3 s at most on the board. The first call sends the ClientHello.
   * @returns whether there is more to compute now
   */
  work(): boolean {
    if (this.ended || !this.awake) return false;
    this.task ??= this.run();
    try {
      if (this.task.next().done === true) {
        this.task = null;
        this.awake = false;
      }
    } catch (error) {
      this.fail(error);
    }
    return !this.ended && this.awake;
  }

  /** What happened next, in order; undefined if nothing did. */
  nextEvent(): TlsEvent | undefined {
    return this.events.shift();
  }

  /**
   * Queues application data to be encrypted and transmitted. They are kept, not copied: change them no more. Before
   * `connected` this is a fault of the caller's and fails the connection; after the end nothing happens.
   */
  send(data: Uint8Array): void {
    if (this.ended || this.closing) return;
    this.awake = true;
    if (this.isConnected) this.outgoing.push(data);
    else this.fault = new TlsError('internal_error', 'send', 'a connection', 'data before there was one');
  }

  /** Sends what is queued and close_notify; then comes `closed`, and the transport can be ended. */
  close(): void {
    this.closing = true;
    this.awake = true;
  }

  /** Tells that the transport ended: without a close_notify before, the connection fails as truncated. */
  transportClosed(): void {
    this.transportEnded = true;
    this.awake = true;
  }

  private get isConnected(): boolean {
    return this.state !== null && this.state.context === null;
  }

  /** Does what there is to do, one thing after the other, until nothing is left. */
  private *run(): Steps<void> {
    while (!this.ended) {
      if (this.fault !== null) throw this.fault;
      const data = this.outgoing.shift();
      if (data !== undefined) {
        yield* this.transmit(APPLICATION_DATA, data);
      } else if (this.closing) {
        yield* this.sayGoodbye();
      } else if (this.state === null) {
        yield* this.start();
      } else {
        const content = yield* this.reader.next();
        if (content !== null) {
          yield* this.process(content, this.state);
        } else if (this.transportEnded) {
          // Section 7.2.1: without close_notify nobody knows whether the end was cut off.
          const expected = this.isConnected ? 'close_notify' : this.state.awaits;
          throw new TlsError(null, 'connection', expected, 'its end', 'transport');
        } else {
          return;
        }
      }
      yield;
    }
  }

  private *start(): Steps<void> {
    const { options, reader, writer, events } = this;
    this.state = yield* startHandshake({ options, transcript: new Transcript(), reader, writer, events });
  }

  private *transmit(type: number, content: Uint8Array): Steps<void> {
    if (content.length > 0) this.events.push({ type: 'transmit', bytes: yield* this.writer.write(type, content) });
  }

  /** Section 7.2.1: either side says close_notify before it ends; the answer need not be awaited. */
  private *sayGoodbye(): Steps<void> {
    if (this.state !== null) yield* this.transmit(ALERT, alertBytes('close_notify'));
    this.end({ type: 'closed' });
  }

  private *process({ type, bytes }: Content, state: State): Steps<void> {
    this.where = 'record';
    if (type === ALERT) {
      yield* this.alert(bytes, state);
      return;
    }
    if (type === HANDSHAKE) {
      yield* this.handshake(bytes);
      return;
    }
    const name = type === CHANGE_CIPHER_SPEC ? 'ChangeCipherSpec' : 'application_data';
    // Section 7.1 and RFC 8446, section 5.1: no other record between the parts of a message; above all none that
    // changes keys, lest a message begin under one key and end under another.
    if (!this.messages.isBetweenMessages) throw unexpected('the rest of a message', name);
    if (type === CHANGE_CIPHER_SPEC) {
      // Section 7.1: "a single byte of value 1", and nowhere but between ServerHelloDone or ServerHello and Finished.
      if (state.changeCipherSpec === undefined) throw unexpected(state.awaits, name);
      if (bytes.length !== 1 || bytes[0] !== 1) {
        throw new TlsError('illegal_parameter', name, 'one byte 01', toHex(bytes.subarray(0, 4)));
      }
      this.state = state.changeCipherSpec();
      return;
    }
    // Before both Finished even an empty one is out of place (section 7.4.9).
    if (state.context !== null) throw unexpected(state.awaits, name);
    if (bytes.length === 0) return;
    this.warnings = 0;
    this.events.push({ type: 'data', bytes });
  }

  /** Takes handshake messages, or parts of them, out of a record's content. */
  private *handshake(bytes: Uint8Array): Steps<void> {
    const { messages, options } = this;
    for (let at = 0; at < bytes.length;) {
      const state = this.state as State;
      at = messages.take(bytes, at, (type) => {
        // Each state knows its messages: what is out of order is refused before memory is spent on it.
        if (!state.types.includes(type)) throw unexpected(state.awaits, messageName(type));
      });
      const fresh = messages.fresh();
      if (fresh.length === 0) return;
      const { type } = messages;
      // Finished is verified against the transcript without it; its state appends it (section 7.4.9).
      if (state.context !== null && type !== FINISHED) yield* state.context.transcript.update(fresh);
      const message = messages.complete();
      if (message === null) return;
      this.where = messageName(type);
      // These end a flight: what follows in the same record was written without knowing the answer.
      if (at < bytes.length && (type === SERVER_HELLO_DONE || type === FINISHED)) {
        throw unexpected('the end of the record', 'more behind it');
      }
      if (type === HELLO_REQUEST) this.tolerate('HelloRequest');
      else this.warnings = 0;
      yield;
      const body = new Reader(message, 'body', MESSAGE_HEADER);
      TRACE: if (options.trace !== undefined) this.traced = tracedMessage(message, this.where, type === FINISHED, body);
      if (state.handle !== undefined) this.state = yield* state.handle(body, type);
      TRACE: this.reportMessage();
    }
  }

  private *alert(bytes: Uint8Array, state: State): Steps<void> {
    const { fatal, description } = parseAlert(bytes);
    if (description === 'close_notify' && state.context === null) {
      // Section 7.2.1: answered with a close_notify of one's own, "discarding any pending writes".
      yield* this.sayGoodbye();
    } else if (fatal || description === 'close_notify') {
      throw new TlsError(description, 'server', state.awaits, `alert ${description}`, 'peer');
    } else {
      this.tolerate(description);
    }
  }

  /** Lets pass what means nothing, but not for ever. */
  private tolerate(received: string): void {
    this.warnings += 1;
    if (this.warnings > MAX_WARNINGS) throw unexpected(`${MAX_WARNINGS} in a row at most`, received);
  }

  /** Ends the connection for an error: with an alert, unless it came from the other side. */
  private fail(error: unknown): void {
    TRACE: this.reportMessage();
    const failure = toTlsError(error, this.where);
    const { alert, origin } = failure;
    if (origin === 'local' && alert !== null) {
      this.events.push({ type: 'transmit', bytes: finish(this.writer.write(ALERT, alertBytes(alert))) });
    }
    // Section 7.2.2: with a fatal alert either side forgets the session. A network that breaks is no reason.
    if (origin !== 'transport') {
      this.options.session?.forget();
      this.state?.session?.forget();
    }
    this.end({ type: 'failed', error: failure });
  }

  private end(event: TlsEvent): void {
    this.events.push(event);
    this.ended = true;
    this.state = null;
    this.task = null;
    this.outgoing.length = 0;
  }

  /** Reports the message that was handled last, with the names that its fields got. */
  private reportMessage(): void {
    TRACE: if (this.traced !== null) this.options.trace?.message(this.traced);
    this.traced = null;
  }
}

/** Section 7.2.2: an unexpected_message is always fatal. */
function unexpected(expected: string, received: string): TlsError {
  return new TlsError('unexpected_message', 'handshake', expected, received);
}
