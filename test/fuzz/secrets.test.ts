/** Failures reveal no secret, keys and nonces never repeat, and nothing is sent without time and entropy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { EntropyError } from '../../firmware/kaluma/entropy.ts';
import { createSupervisor } from '../../firmware/supervisor.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import type { Random } from '../../src/crypto/random.ts';
import { createMqttClient } from '../../src/mqtt/client.ts';
import { finish } from '../../src/steps.ts';
import { createTlsClient } from '../../src/tls/client.ts';
import { prepareHandshake } from '../../src/tls/prepareHandshake.ts';
import type { Session } from '../../src/tls/session.ts';
import type { SecretName, Trace } from '../../src/tls/trace.ts';
import { SeededRandom } from '../support/random.ts';
import { clientOptions, Conversation, device, identity, privateScalar } from '../support/tls/conversation.ts';
import { ScriptedServer } from '../support/tls/server.ts';
import { allocationsOf } from './allocations.ts';
import { run } from './judge.ts';
import { mutate, records } from './mutations.ts';
import { type Flight, flights } from './recordings.ts';

/** Bytes of a secret that are too many to be there by chance. */
const WINDOW = 6;

/** Whether any 6 bytes of the secret stand in the text in a row: as hexadecimal, a list of numbers, or characters. */
function tells(text: string, secret: Uint8Array): boolean {
  // inspect() aligns numbers in columns.
  const lower = text.toLowerCase().replace(/\s+/g, ' ');
  for (let at = 0; at + WINDOW <= secret.length; at++) {
    const part = Buffer.from(secret.subarray(at, at + WINDOW));
    const forms = [part.toString('hex'), part.join(','), part.join(', '), part.toString('latin1')];
    if (forms.some((form) => lower.includes(form.toLowerCase()))) return true;
  }
  const number = BigInt(`0x${toHex(secret)}`).toString();
  return text.includes(number) || text.includes(Buffer.from(secret).toString('base64'));
}

/** Everything that can be printed of an error, its stack included. */
function everythingIn(error: unknown): string {
  const parts = [inspect(error, { depth: 9, maxArrayLength: null, maxStringLength: null }), JSON.stringify(error)];
  for (let cause: unknown = error; cause instanceof Error; cause = (cause as { underlying?: unknown }).underlying) {
    parts.push(String(cause), cause.stack ?? '');
  }
  return parts.join('\n');
}

test('the search finds secrets that were planted', () => {
  const secret = new SeededRandom(5).bytes(32);
  const forms = [
    toHex(secret),
    toHex(secret.slice(3, 12)).toUpperCase(),
    secret.join(),
    inspect(secret),
    secret.join(', '),
  ];
  for (const text of forms) assert.ok(tells(`before ${text} behind`, secret), text);
  assert.ok(tells(everythingIn(Object.assign(new Error('x'), { held: secret })), secret));
  assert.ok(!tells(everythingIn(new Error(toHex(new SeededRandom(6).bytes(32)))), secret));
});

test('no error of a connection reveals a key, a master secret or another secret', () => {
  const privateKey = Buffer.from(privateScalar(device.key).toString(16).padStart(64, '0'), 'hex');
  let failures = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed * 7919);
    const flight: Flight = flights[seed % flights.length];
    const secrets: Uint8Array[] = [privateKey];
    const trace: Trace = { record() {}, message() {}, secret: (_, bytes) => void secrets.push(bytes) };
    // The late turns, in which there are secrets, as often as the first.
    const at = seed % flight.turns.length;
    const turns = flight.turns.map((turn, i) =>
      i === at ? mutate(turn, { random, others: flight.turns, splitters: [records] }) : turn,
    );
    const { last } = run(flight.createClient({ trace }), turns, () => Infinity);
    if (last.type !== 'failed') continue;
    failures += 1;
    const text = everythingIn(last.error);
    for (const secret of secrets) assert.ok(!tells(text, secret), `seed ${seed}: ${last.error.message}`);
  }
  assert.ok(failures > 200, `${failures} failures`);
});

test('no error of MQTT reveals the password', () => {
  const password = Buffer.from('correct horse battery staple');
  for (const answer of [
    [0x20, 2, 0, 4],
    [0x20, 2, 0, 5],
    [0x20, 3, 0, 0, 0],
    [0xff, 0],
    [0x90, 0],
  ]) {
    const client = createMqttClient({ clientId: 'kitchen-1', keepAliveSeconds: 60, username: 'kitchen', password });
    client.start(0);
    client.receive(Uint8Array.from(answer), 1);
    const events = [];
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) events.push(event);
    const failed = events.find((event) => event.type === 'failed');
    assert.ok(failed?.type === 'failed', JSON.stringify(answer));
    assert.ok(!tells(everythingIn(failed.error), password));
  }
});

test('secrets are overwritten after use: pre-master secret, master secret without a session, key block', () => {
  const made: Uint8Array[] = [];
  const secrets = new Map<SecretName, string>();
  const trace: Trace = { record() {}, message() {}, secret: (name, bytes) => void secrets.set(name, toHex(bytes)) };
  const server = { request: {}, sessionId: new Uint8Array(0) };
  allocationsOf(
    () => void new Conversation(server, { trace }).assertConnected(),
    (array) => void (array instanceof Uint8Array && made.push(array)),
  );
  assert.deepEqual([...secrets.keys()], ['pre_master_secret', 'master_secret', 'key_block']);
  assert.ok(made.length > 100);
  for (const [name, secret] of secrets) {
    // The trace has copies, which slice() makes and not `new`.
    assert.ok(!made.some((array) => array.length * 2 === secret.length && toHex(array) === secret), name);
  }
});

/** Both keys and salts of a connection, and the explicit nonces under which its client sealed records. */
function protectionOf(server: ScriptedServer, trace: Map<SecretName, Uint8Array>, sent: Uint8Array[]): string[] {
  const block = trace.get('key_block') as Uint8Array;
  assert.equal(block.length, 40);
  const change = sent.findIndex(([type]) => type === 20);
  assert.equal(server.connected, true);
  // Of the client: bytes 0 to 15 are its key, 32 to 35 its salt (RFC 5246, section 6.3).
  const key = toHex(block.subarray(0, 16)) + toHex(block.subarray(32, 36));
  return sent.slice(change + 1).map((record) => `${key} ${toHex(record.subarray(5, 13))}`);
}

test('no key is used twice with a nonce, across records, alerts, connections and resumed sessions', () => {
  const sessions = new Map<string, Buffer>();
  const random: Random = clientOptions().random;
  const used: string[] = [];
  let session: Session | null = null;
  for (let connection = 0; connection < 4; connection++) {
    const secrets = new Map<SecretName, Uint8Array>();
    const sent: Uint8Array[] = [];
    const trace: Trace = {
      record: ({ direction, bytes }) => void (direction === 'out' && sent.push(bytes)),
      message() {},
      secret: (name, bytes) => void secrets.set(name, bytes),
    };
    const prepared = finish(prepareHandshake(identity, random));
    const conversation: Conversation = new Conversation(
      // The server that sends the same random each time leaves it to the client to be new.
      { sessions, request: {} },
      { trace, random, prepared, ...(session !== null && { session }) },
    );
    conversation.assertConnected();
    const [connected] = conversation.events;
    assert.ok(connected.type === 'connected');
    // The third is a full handshake again, the second and the fourth resume.
    session = connection === 1 ? null : connected.session;
    assert.equal(connected.anchor === null, connection % 2 === 1);
    // Three records, and more small ones; at last an alert.
    conversation.client.send(new Uint8Array(40_000));
    for (let i = 0; i < 50; i++) conversation.client.send(Uint8Array.of(i));
    conversation.client.close();
    conversation.run();
    const sealed = protectionOf(conversation.server, secrets, sent);
    // Finished, a ping, three, fifty, close_notify.
    assert.equal(sealed.length, 1 + 1 + 3 + 50 + 1);
    used.push(...sealed);
  }
  assert.equal(new Set(used).size, used.length);
  assert.equal(new Set(used.map((entry) => entry.slice(0, 40))).size, 4, 'four keys');
});

test('without the time the client sends nothing', () => {
  const client = createTlsClient(clientOptions({ time: () => null }));
  while (client.work()) continue;
  const event = client.nextEvent();
  assert.ok(event?.type === 'failed');
  assert.equal(event.error.message, 'clock: expected the time, got none');
  assert.equal(client.nextEvent(), undefined);
});

test('without entropy the board makes no keys, logs that and does not dial', () => {
  const failing: Random = () => {
    throw new EntropyError();
  };
  assert.throws(() => finish(prepareHandshake(identity, failing)), EntropyError);
  const lines: string[] = [];
  let now = 0;
  const supervisor = createSupervisor({
    uptime: () => now,
    log: (level, area, message) => void lines.push(`${level} ${area} ${message}`),
    wifi: { name: 'kitchen', join: () => true, isJoined: () => true },
    startTimeSync: () => ({ stop() {}, tick: () => true }),
    hasTime: () => true,
    prepare: () => prepareHandshake(identity, failing),
    connect: () => assert.fail('dialled without keys'),
    createPublisher: () => ({ stop() {}, tick() {}, handle() {} }),
    jitter: () => 0.5,
    restartedForSilence: false,
    deaths: 0,
    onStable: () => undefined,
    restart: () => undefined,
  });
  for (; now < 20_000; now += 500) supervisor.tick();
  assert.match(lines.join('\n'), /WARN .*no entropy: the chip repeats its random numbers/);
});
