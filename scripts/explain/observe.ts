/** Reads from a tape what anybody on the way sees: handshake messages in clear, and then sealed records. */
import { messageName } from '../../src/tls/messageName.ts';
import { CHANGE_CIPHER_SPEC, type Direction, HANDSHAKE, MESSAGE_HEADER, RECORD_HEADER } from '../../src/trace.ts';
import { type Chunk, recordSpans, streamOf, type Tape } from './tape.ts';

export interface SeenMessage {
  direction: Direction;
  name: string;
  /** The message with its header of 4 bytes. */
  bytes: Uint8Array;
}

export interface SeenRecord {
  direction: Direction;
  /** Header and fragment. */
  bytes: Uint8Array;
  /** Time from dialling until its last byte went through. */
  ms: number;
  isSealed: boolean;
  /** The number of a sealed record, counted for each direction. */
  sequence: number;
}

export interface Observed {
  /** In the order of time. */
  records: SeenRecord[];
  /** Handshake messages in clear, in the order in which they are hashed. */
  messages: SeenMessage[];
}

export function observe(tape: Tape): Observed {
  const [out, incoming] = (['out', 'in'] as const).map((direction) => recordsOf(tape, direction));
  const records = [...out, ...incoming].sort((a, b) => a.ms - b.ms);
  const [hello, ...answer] = messagesOf(out, 'out');
  const messages = hello === undefined ? [] : [hello, ...messagesOf(incoming, 'in'), ...answer];
  return { records, messages };
}

/** @returns the first message of that name that went that way, or undefined */
export function seen({ messages }: Observed, direction: Direction, name: string): Uint8Array | undefined {
  return messages.find((message) => message.direction === direction && message.name === name)?.bytes;
}

function recordsOf(tape: Tape, direction: Direction): SeenRecord[] {
  const stream = streamOf(tape, direction);
  const chunks = tape.exchange.filter((chunk) => chunk.direction === direction);
  let isSealed = false;
  let sequence = 0;
  return recordSpans(stream).map(({ start, end }) => {
    const bytes = stream.subarray(start, end);
    const record = { direction, bytes, ms: timeAt(chunks, end), isSealed, sequence };
    if (isSealed) sequence += 1;
    else if (bytes[0] === CHANGE_CIPHER_SPEC) isSealed = true;
    return record;
  });
}

/** Time at which the byte before `end` went through. */
function timeAt(chunks: readonly Chunk[], end: number): number {
  let at = 0;
  for (const { ms, bytes } of chunks) {
    at += bytes.length;
    if (at >= end) return ms;
  }
  return 0;
}

function messagesOf(records: readonly SeenRecord[], direction: Direction): SeenMessage[] {
  const clear = records.filter(({ isSealed, bytes: [type] }) => !isSealed && type === HANDSHAKE);
  const bytes = clear.flatMap((record) => [...record.bytes.subarray(RECORD_HEADER)]);
  const messages: SeenMessage[] = [];
  for (let at = 0; at + MESSAGE_HEADER <= bytes.length;) {
    const end = at + MESSAGE_HEADER + ((bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]);
    if (end > bytes.length) break;
    messages.push({ direction, name: messageName(bytes[at]), bytes: Uint8Array.from(bytes.slice(at, end)) });
    at = end;
  }
  return messages;
}
