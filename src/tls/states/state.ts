/**
 * The handshake is a state machine. One function makes each state, which awaits certain messages or a ChangeCipherSpec and
 * captures only what it and the states after it need. A state ends by returning the next one; what only it held is garbage then.
 */
import type { PieceReader } from '../../bytes/pieceReader.ts';
import type { Reader } from '../../bytes/reader.ts';
import type { Steps } from '../../steps.ts';
import { TlsError } from '../errors.ts';
import type { TlsClientOptions, TlsEvent } from '../options.ts';
import type { RecordReader } from '../recordReader.ts';
import type { RecordWriter } from '../recordWriter.ts';
import type { ServerHello } from '../serverHello.ts';
import type { Session } from '../session.ts';
import type { Transcript } from '../transcript.ts';

export type State = HandshakeState | ConnectedState;

interface AnyState {
  /** Types of the handshake messages that may come now; any other is refused when its header has come. */
  awaits: readonly number[];
  /** The session that is lost if this connection fails. */
  session?: Session | null;

  /**
   * Takes an awaited message that is put together first.
   * @param body stands behind the message's header; `body.source` is the whole message and may be kept
   */
  handle?: (body: Reader, type: number) => Steps<State>;

  /** Takes the body of an awaited Certificate or CertificateRequest while it comes; it waits where bytes are missing. */
  read?: (body: PieceReader) => Steps<State>;
}

export interface HandshakeState extends AnyState {
  isConnected: false;
  context: HandshakeContext;
  /** Takes the ChangeCipherSpec. A state has this function only if a ChangeCipherSpec is due, and no message (RFC 5246, section 7.1). */
  changeCipherSpec?: () => State;
}

/** The state after both Finished, in which application data may flow. */
export interface ConnectedState extends AnyState {
  isConnected: true;
}

/** The data and functions that all states of one handshake share. */
export interface HandshakeContext {
  options: TlsClientOptions;
  /** The hash of the handshake messages. It includes the message that a state gets, unless that is Finished. */
  transcript: Transcript;
  reader: RecordReader;
  writer: RecordWriter;
  events: TlsEvent[];
  checkpoint: NonNullable<TlsClientOptions['checkpoint']>;
  /** Bytes that are kept of certificates while their chain is searched. */
  held: { certificates: number };
}

/** The choices that the two hellos made. */
export interface Agreement extends ServerHello {
  /** client_random and server_random, 64 bytes. */
  randoms: Uint8Array;
}

/** ms since 1970. @throws TlsError while the clock is not set: without a date no certificate can be believed */
export function now(options: TlsClientOptions): number {
  const time = options.time();
  if (time === null) throw new TlsError({ where: 'clock', expected: 'the time', received: 'none' });
  return time;
}
