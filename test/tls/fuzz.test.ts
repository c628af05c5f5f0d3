/**
 * The server's flights of the recorded handshake, damaged at random but reproducibly: whatever comes, the client ends in a
 * typed error and never believes a changed byte. `FUZZ_SECONDS` makes it longer; a failure names its seed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { concat, fromHex } from '../../src/bytes/encoding.ts';
import { finish } from '../../src/steps.ts';
import { createTlsClient, type TlsClientOptions } from '../../src/tls/client.ts';
import { TlsError } from '../../src/tls/errors.ts';
import { prepareHandshake } from '../../src/tls/prepare.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { SeededRandom } from '../support/random.ts';
import { seededRandom } from '../support/tls/conversation.ts';

const recording = JSON.parse(readFileSync(new URL('fixtures/handshake.json', import.meta.url), 'utf8')) as {
  host: string;
  time: number;
  seed: string;
  anchor: string;
  certificate: string;
  privateKey: string;
  exchange: string[];
};

const identity = {
  certificates: [fromHex(recording.certificate)],
  key: { type: 'ec' as const, privateKey: BigInt(`0x${recording.privateKey}`) },
};
const random = seededRandom(recording.seed);
const secrets = finish(prepareHandshake(identity, random)).take();
const options: Omit<TlsClientOptions, 'prepared'> = {
  host: recording.host,
  anchors: [trustAnchor(fromHex(recording.anchor), 'recorded root')],
  identity,
  random,
  time: () => recording.time,
};
const flights = recording.exchange.filter((entry) => entry.startsWith('<')).map((entry) => fromHex(entry.slice(2)));
/** Hello to done, then ChangeCipherSpec and Finished: the handshake, up to the first data. */
const handshake = flights.slice(0, flights.findIndex((flight) => flight[0] === 20) + 1);

/** What a client makes of `answers`. */
function outcome(answers: Uint8Array[], size: number): 'connected' | TlsError {
  const prepared = { take: () => ({ ...secrets, nonce: secrets.nonce === null ? null : { ...secrets.nonce } }) };
  const client = createTlsClient({ ...options, prepared });
  let slices = 0;
  for (const answer of [new Uint8Array(0), ...answers]) {
    for (let at = 0; at < answer.length; at += size) {
      client.receive(answer.subarray(at, at + size));
      while (client.work()) assert.ok(++slices < 20000, 'it never ends');
    }
    while (client.work()) slices += 1;
  }
  client.transportClosed();
  while (client.work()) slices += 1;
  let result: 'connected' | TlsError | null = null;
  for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
    if (event.type === 'connected') result = 'connected';
    // What came behind the handshake and was never whole ends with the transport.
    if (event.type === 'failed' && (result === null || event.error.origin !== 'transport')) result = event.error;
  }
  return result ?? assert.fail('neither connected nor failed');
}

type Damage = (bytes: Uint8Array, below: (limit: number) => number, random: SeededRandom) => Uint8Array;

function spliced(bytes: Uint8Array, start: number, removed: number, added: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), added, bytes.subarray(start + removed));
}

const damages: Damage[] = [
  // A bit, a byte, a length or a type of its own choosing.
  (bytes, below) => {
    const at = below(bytes.length);
    return spliced(bytes, at, 1, Uint8Array.of(bytes[at] ^ (1 << below(8))));
  },
  (bytes, below, random) => spliced(bytes, below(bytes.length), 1, random.bytes(1)),
  (bytes, below) => spliced(bytes, below(bytes.length), 1, Uint8Array.of([0, 1, 0x7f, 0x80, 0xff][below(5)])),
  (bytes, below, random) => spliced(bytes, below(bytes.length), below(5), random.bytes(below(5))),
  // Some bytes less, more, twice, or in another place.
  (bytes, below) => spliced(bytes, below(bytes.length), 1 + below(200), new Uint8Array(0)),
  (bytes, below, random) => spliced(bytes, below(bytes.length), 0, random.bytes(1 + below(200))),
  (bytes, below) => {
    const [from, length] = [below(bytes.length), 1 + below(600)];
    return spliced(bytes, below(bytes.length), 0, bytes.slice(from, from + length));
  },
  (bytes, below) => bytes.slice(0, below(bytes.length)),
  // Records swapped, left out, or twice.
  (bytes, below) => {
    const records = recordsIn(bytes);
    const [a, b] = [below(records.length), below(records.length)];
    [records[a], records[b]] = [records[b], records[a]];
    return concat(...records);
  },
  (bytes, below) => {
    const records = recordsIn(bytes);
    const at = below(records.length);
    const copies = below(3);
    records.splice(at, 1, ...Array.from({ length: copies }, () => records[at]));
    return concat(...records);
  },
];

function recordsIn(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + ((bytes[at + 3] << 8) | bytes[at + 4]);
    records.push(bytes.slice(at, end));
    at = end;
  }
  return records;
}

/** The lower byte of the version of the first record, on which nobody has agreed yet. */
const IDLE_BYTE = 2;

test('the handshake as recorded', () => {
  assert.equal(outcome(handshake, 1460), 'connected');
});

test('damaged answers', () => {
  const end = Date.now() + 1000 * Number(process.env.FUZZ_SECONDS ?? 4);
  const alerts = new Set<string | null>();
  for (let seed = 1; Date.now() < end; seed++) {
    const random = new SeededRandom(seed);
    const below = (limit: number): number => random.below(limit);
    const which = below(handshake.length);
    const damaged = handshake.slice();
    damaged[which] = damages[seed % damages.length](damaged[which], below, random);
    const what = `seed ${seed}`;
    const result = outcome(damaged, 1 + below(2000));
    if (result === 'connected') {
      const original = handshake[which];
      const isIdle = (i: number): boolean => which === 0 && i === IDLE_BYTE;
      assert.ok(
        original.every((byte, i) => byte === damaged[which][i] || isIdle(i)),
        what,
      );
    } else {
      assert.ok(result instanceof TlsError, what);
      assert.notEqual(result.alert, 'internal_error', `${what}: ${result.message}`);
      alerts.add(result.alert);
    }
  }
  // It reached more than the record layer.
  assert.ok(alerts.size > 6, [...alerts].join());
});
