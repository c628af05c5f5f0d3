/** Runs a client on any bytes that a server may send, and checks the promises that it makes. */
import assert from 'node:assert/strict';
import type { TlsClient, TlsEvent } from '../../src/tls/client.ts';
import { TlsError } from '../../src/tls/errors.ts';
import { allocationsOf } from './allocations.ts';
import { records } from './mutations.ts';

/** Many times the slices that the longest recording takes: a client that needs more hangs. */
const MAX_SLICES = 20_000;
/** Longest text of an error: names of 255 characters may be quoted in it, but nothing as long as a certificate. */
export const MAX_TEXT = 400;
/** The largest record that is gathered, of 16 KB with its protection. */
const LARGEST = 0x4000 + 24;
/** Bytes allocated in all, for each byte received and for the computing of a handshake. */
const PER_BYTE = 12;
const AT_LEAST = 1_000_000;

export interface Outcome {
  /** The last of which there is one always, `closed` or `failed`. */
  last: TlsEvent;
  connected: boolean;
  /** The data that the application got, as text. */
  data: string;
}

/**
 * Feeds the turns, each when the client waits, ends the transport, and checks all that holds for any input: one end, in
 * a TlsError or in order, in bounded work and memory; nothing thrown, no fault of the client's own.
 * @param turns taken one by one, so that a server may answer
 * @param size of the pieces in which the bytes come
 * @param heard gets what the client transmits
 */
export function run(
  client: TlsClient,
  turns: Iterable<Uint8Array>,
  size: () => number,
  heard: (bytes: Uint8Array) => void = () => undefined,
): Outcome {
  const events: TlsEvent[] = [];
  let received = 0;
  let slices = 0;
  const work = (): void => {
    do {
      while (client.work()) {
        slices += 1;
        assert.ok(slices < MAX_SLICES, 'the client hangs');
      }
      // Data that wait to be taken keep it from working on.
    } while (takeEvents());
  };
  const takeEvents = (): boolean => {
    const before = events.length;
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      events.push(event);
      if (event.type === 'transmit') heard(event.bytes);
    }
    return events.length > before;
  };
  const { largest, total } = allocationsOf(() => {
    work();
    for (const turn of turns) {
      received += turn.length;
      for (let at = 0, step; at < turn.length; at += step) {
        // No more at once than scripts/lib/tlsSocket.ts hands over; a board's socket gives 1,460 bytes.
        step = Math.min(size(), 16384);
        client.receive(turn.subarray(at, at + step));
        work();
      }
    }
    client.transportClosed();
    work();
    // Nothing that comes later is looked at.
    client.receive(Uint8Array.of(22, 3, 3, 0, 1, 0));
    client.send(Uint8Array.of(1));
    client.close();
    work();
  });
  assert.ok(largest <= LARGEST, `${largest} bytes allocated at once`);
  const cap = AT_LEAST + PER_BYTE * received;
  assert.ok(total <= cap, `${total} bytes allocated for ${received} received`);
  const ends = events.filter(({ type }) => type === 'closed' || type === 'failed');
  const last = events[events.length - 1];
  assert.deepEqual(ends, [last], 'one end, behind everything else');
  if (last.type === 'failed') checkError(last.error, events);
  const data = events.flatMap((event) => (event.type === 'data' ? [Buffer.from(event.bytes).toString('latin1')] : []));
  return { last, connected: events.some(({ type }) => type === 'connected'), data: data.join('') };
}

function checkError(error: unknown, events: TlsEvent[]): void {
  assert.ok(error instanceof TlsError, String(error));
  const { alert, origin, message, underlying, where } = error;
  assert.notEqual(alert, 'internal_error', `${message}\n${underlying instanceof Error ? underlying.stack : ''}`);
  assert.notEqual(where, '', message);
  // A refusal says so to the server, right before it ends.
  if (origin === 'local') assert.equal(events[events.length - 2]?.type, 'transmit', message);
  assert.ok(message.length < MAX_TEXT, message);
  // It is printed on a person's terminal.
  assert.match(message, /^[ -~]*$/);
}

/** The bytes that must all be unchanged before the client may say `connected`. */
interface Handshake {
  /** All messages before ChangeCipherSpec, however they were cut into records. */
  messages: Buffer;
  /** Content of ChangeCipherSpec, and the record behind it. */
  sealed: Buffer;
}

/**
 * Removes from a flight everything that means nothing and that nobody can authenticate: where records of handshake messages begin
 * and end, versions in headers before one is agreed, empty records, warnings.
 */
export function handshakeOf(turns: readonly Uint8Array[]): Handshake {
  const all = records(Uint8Array.from(Buffer.concat(turns)));
  const change = all.findIndex(([type]) => type === 20);
  const plain = all.slice(0, change).filter(([type]) => type === 22);
  return {
    messages: Buffer.concat(plain.map((record) => record.subarray(5))),
    sealed: Buffer.concat(all.slice(change, change + 2)),
  };
}
