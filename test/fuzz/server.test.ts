/**
 * The server as an attacker: it holds the right keys, so that what it sends is signed, encrypted and in the transcript,
 * however wrong it is. The client ends in a TlsError or in order.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOST } from '../support/tls/conversation.ts';
import { type OutgoingRecord, ScriptedServer } from '../support/tls/server.ts';
import { SeededRandom } from '../support/random.ts';
import { fuzz } from './budget.ts';
import { run } from './judge.ts';
import { framed, mutate, type Splitter } from './mutations.ts';
import { chains, type Flight, flights } from './recordings.ts';

const MESSAGES = [
  'ServerHello',
  'ServerHello',
  'Certificate',
  'ServerKeyExchange',
  'CertificateRequest',
  'CertificateRequest',
  'ServerHelloDone',
  'ChangeCipherSpec',
  'Finished',
];

/** The extensions of a ServerHello without session id, behind what comes before them. */
const extensions: Splitter = (bytes) => {
  const start = 4 + 2 + 32 + 1 + (bytes[38] ?? 0) + 3 + 2;
  return [bytes.slice(0, start), ...framed(4, 2)(bytes.slice(start))];
};
/** The certificates of a list, behind message header and length. */
const certificates: Splitter = (bytes) => [bytes.slice(0, 7), ...framed(3, 3)(bytes.slice(7))];

/** A message, changed; the length in its header is right again, mostly, so that the change is found further in. */
function editing(random: SeededRandom): (name: string, bytes: Buffer) => Uint8Array {
  const target = MESSAGES[random.below(MESSAGES.length)];
  const isLengthRight = random.below(4) > 0;
  return (name, bytes) => {
    if (name !== target) return bytes;
    const changed = mutate(bytes, { random, others: [bytes], splitters: [extensions, certificates] });
    if (isLengthRight && changed.length >= 4 && name !== 'ChangeCipherSpec') {
      const length = changed.length - 4;
      changed.set([length >> 16, length >> 8, length], 1);
    }
    return changed;
  };
}

/** A record that may come at any time. */
function anyRecord(random: SeededRandom): OutgoingRecord {
  const type = [20, 21, 21, 22, 22, 23, 23, 24, random.below(256)][random.below(9)];
  const length = [0, 0, 1, 2, 4, 5, random.below(300), 16384, 16385][random.below(9)];
  const content = Buffer.from(random.bytes(Math.min(length, 300)));
  if (type === 21 && length >= 2) content.set([1 + random.below(2), [0, 90, 100, random.below(256)][random.below(4)]]);
  if (type === 22 && length >= 4 && random.below(2) === 0) content.fill(0);
  return { type, version: random.below(8) > 0 ? 0x0303 : random.below(65536), content: pad(content, length) };
}

function pad(content: Buffer, length: number): Buffer {
  return Buffer.concat([content, Buffer.alloc(length - content.length)]);
}

/** Runs one conversation. @returns how it ended, and whether the client was connected */
function converse(seed: number, flight: Flight, chain: typeof chains.rsa): [string, boolean] {
  const random = new SeededRandom(seed);
  const isEdited = random.below(3) > 0;
  const editsRecords = random.below(4) === 0;
  const server = new ScriptedServer({
    chain: chain.certificates,
    key: chain.key,
    ...(random.below(2) === 0 ? { request: { authorities: [Buffer.of(0x30, 0)] } } : {}),
    ...(random.below(4) === 0 ? { extendedMasterSecret: false } : {}),
    separate: random.below(2) === 0,
    fragment: random.below(2) === 0 ? 16384 : 1 + random.below(400),
    ...(isEdited ? { edit: editing(random) } : {}),
    editRecord: (record) =>
      !editsRecords || random.below(8) > 0
        ? [record]
        : [[], [record, record], [anyRecord(random), record], [record, anyRecord(random)]][random.below(4)],
  });
  let isLost = false;
  function* turns(): Iterable<Uint8Array> {
    while (server.output.length > 0) yield Buffer.concat(server.output.splice(0));
    if (!server.connected) return;
    for (let i = random.below([2, 5, 50][random.below(3)]); i > 0; i--) {
      server.sendRecord(anyRecord(random));
      yield Buffer.concat(server.output.splice(0));
    }
    if (random.below(2) === 0) server.sendAlert(1, 0);
    yield Buffer.concat(server.output.splice(0));
  }
  const heard = (bytes: Uint8Array): void => {
    try {
      if (!isLost) server.receive(bytes);
    } catch {
      // A server that broke its own handshake does not understand the answer; it goes on with what it has to say.
      isLost = true;
    }
  };
  const piece = random.below(2) === 0 ? Infinity : 1 + random.below(2000);
  const { last, connected } = run(flight.createClient({ host: HOST }), turns(), () => piece, heard);
  return [last.type, connected];
}

test('a server that says anything whatever causes no unexpected error', (t) => {
  // RSA, whose signatures are the same each time: a case that fails fails again.
  const [flight] = flights;
  const ends: Record<string, number> = {};
  const count = fuzz(0.25, (seed) => {
    const [end, connected] = converse(seed, flight, chains.rsa);
    const name = connected ? `${end} after connected` : end;
    ends[name] = (ends[name] ?? 0) + 1;
  });
  t.diagnostic(`${count} servers: ${JSON.stringify(ends)}`);
  assert.ok(count === 1 || ends['closed after connected'] > 0, 'no server ever came through');
});
