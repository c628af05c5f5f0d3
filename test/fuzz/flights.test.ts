/**
 * The network as an attacker: recorded flights of servers, changed on their way. For all of them the client ends in a TlsError or
 * in order, and never takes a changed byte for the server's.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../../src/tls/trace.ts';
import { SeededRandom } from '../support/random.ts';
import { fuzz } from './budget.ts';
import { handshakeOf, type Outcome, run } from './judge.ts';
import { messages, mutate, records, type Splitter } from './mutations.ts';
import { type Flight, flights } from './recordings.ts';

const noTrace: Trace = { record() {}, message() {}, secret() {} };

/** Sizes of TCP segments: all at once, a board's, tiny ones. */
function sizes(random: SeededRandom): () => number {
  const kind = random.below(4);
  return () => (kind === 0 ? Infinity : kind === 1 ? 1460 : 1 + random.below(kind === 2 ? 600 : 20));
}

/** Cuts plaintext handshake records anew, and puts in what a server may: empty records and warnings, few of them. */
function refragment(turn: Uint8Array, random: SeededRandom): Uint8Array {
  const all = records(turn);
  const plain = all.filter(([type]) => type === 22);
  if (all.some(([type]) => type !== 22)) return turn;
  const content = Buffer.concat(plain.map((record) => record.subarray(5)));
  const parts: Uint8Array[] = [];
  let warnings = 0;
  const largest = [1, 5, 64, 2000, 16384][random.below(5)];
  for (let at = 0; at < content.length;) {
    const piece = content.subarray(at, at + random.below(largest + 1));
    // An empty one in 32 at most, and a warning in 4, go through.
    if (piece.length === 0 && largest < 5) continue;
    parts.push(Uint8Array.of(22, 3, 3, piece.length >> 8, piece.length & 255), piece);
    if (random.below(50) === 0 && warnings < 4) {
      warnings += 1;
      parts.push(Uint8Array.of(21, 3, 3, 0, 2, 1, 90));
    }
    at += piece.length;
  }
  return Uint8Array.from(Buffer.concat(parts));
}

/** Messages of a flight that is one record of them, in a record again. */
const messagesInRecord: Splitter = (bytes) => {
  const [first, ...others] = records(bytes);
  return first === undefined || first[0] !== 22 ? [bytes] : [first.slice(0, 5), ...messages(first.slice(5)), ...others];
};

/** Asserts that a client believed none of the changed bytes. */
function judge(flight: Flight, turns: readonly Uint8Array[], { last, connected, data }: Outcome): void {
  if (connected) assert.deepEqual(handshakeOf(turns), handshakeOf(flight.turns), 'connected by a changed handshake');
  assert.ok(connected || data === '', 'data before connected');
  assert.ok(flight.data.startsWith(data), `data that nobody sent: ${data}`);
  if (last.type === 'closed' && connected) assert.equal(data, flight.data, 'closed in order, but not all data came');
}

for (const flight of flights) {
  test(`${flight.name}: the recorded flight is accepted, also when it is cut into other records`, () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = new SeededRandom(seed * 7919);
      const turns = seed === 1 ? flight.turns : flight.turns.map((turn) => refragment(turn, random));
      const { last, connected, data } = run(flight.createClient(), turns, sizes(random));
      assert.deepEqual([last.type, connected, data], ['closed', true, flight.data], `${seed} ${JSON.stringify(last)}`);
    }
  });

  test(`${flight.name}: a change of any byte causes no unexpected error`, () => {
    // The one byte that nothing protects: the minor version of the record that brings the version.
    const free = 2;
    const step = flight.turns[0].length > 2000 ? 37 : 5;
    const all = Buffer.concat(flight.turns);
    for (let at = 0; at < all.length; at += at < 120 || at > all.length - 190 ? 1 : step) {
      if (at === free) continue;
      let start = 0;
      const turns = flight.turns.map((turn) => {
        const changed = turn.map((byte, i) => (start + i === at ? byte ^ (1 << (at % 8)) : byte));
        start += turn.length;
        return changed;
      });
      const { last } = run(flight.createClient(), turns, () => Infinity);
      assert.equal(last.type, 'failed', `byte ${at} of ${all.length}`);
    }
  });
}

test('mutations of recorded flights cause no unexpected error', (t) => {
  const firsts = flights.flatMap(({ turns }) => turns);
  let accepted = 0;
  const alerts = new Set<string | null>();
  const count = fuzz(0.6, (seed) => {
    const random = new SeededRandom(seed);
    const flight = flights[random.below(flights.length)];
    // Of the recording the server's first flight is the longest by far, and the others are short.
    const at = random.below(3) > 0 ? 0 : random.below(flight.turns.length);
    const source = { random, others: firsts, splitters: [records, messagesInRecord] };
    const turns = flight.turns.map((turn, i) => {
      const cut = random.below(3) === 0 ? refragment(turn, random) : turn;
      return i === at ? mutate(cut, source) : cut;
    });
    // With a trace, what the PC's explainer does with the bytes runs too.
    const client = flight.createClient(random.below(2) === 0 ? {} : { trace: noTrace });
    const outcome = run(client, turns, sizes(random));
    judge(flight, turns, outcome);
    if (outcome.last.type === 'closed') accepted += 1;
    else if (outcome.last.type === 'failed') alerts.add(outcome.last.error.alert);
  });
  t.diagnostic(`${count} flights, of which ${accepted} were changed only in what means nothing`);
  // It reached more than the record layer.
  assert.ok(count < 500 || alerts.size > 6, [...alerts].join());
});
