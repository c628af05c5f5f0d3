/**
 * The handshake as a state machine: one class for each thing that may be awaited, which holds no more than what it and
 * the states behind it need. A state ends by returning the next one; what it alone held is garbage then.
 */
import type { Reader } from '../../bytes/reader.ts';
import type { Steps } from '../../steps.ts';
import { TlsError } from '../errors.ts';
import type { TlsClientOptions, TlsEvent } from '../options.ts';
import type { RecordReader } from '../recordReader.ts';
import type { RecordWriter } from '../recordWriter.ts';
import type { Session } from '../session.ts';
import type { Transcript } from '../transcript.ts';

export interface State {
  /** What may come now, for messages. */
  readonly awaits: string;
  /** Types of the handshake messages that may come now; any other is refused when its header has come. */
  readonly types: readonly number[];
  /** Null when the handshake is over. */
  readonly context: HandshakeContext | null;
  /** The session that depends on this connection ending well. */
  readonly session?: Session | null;

  /**
   * Takes a message of one of `types`.
   * @param body stands behind the message's header; `body.source` is the whole message and may be kept
   */
  handle?(body: Reader, type: number): Steps<State>;

  /** Takes a ChangeCipherSpec; states without this refuse it (RFC 5246, section 7.1). */
  changeCipherSpec?(): State;
}

/** What all states of one handshake work on. */
export interface HandshakeContext {
  readonly options: TlsClientOptions;
  /** Everything but Finished and HelloRequest is in it when a state gets it. */
  readonly transcript: Transcript;
  readonly reader: RecordReader;
  readonly writer: RecordWriter;
  readonly events: TlsEvent[];
}

/** What the hellos settled. */
export interface Agreement {
  cipherSuite: number;
  /** client_random and server_random. */
  randoms: Uint8Array;
  /** By which the server would resume the session; may be empty. */
  sessionId: Uint8Array;
  extendedMasterSecret: boolean;
  alpn: string | null;
}

/** ms since 1970. @throws TlsError while the clock is not set: without a date no certificate can be believed */
export function now(options: TlsClientOptions): number {
  const time = options.time();
  if (time === null) throw new TlsError(null, 'clock', 'the time', 'none');
  return time;
}
