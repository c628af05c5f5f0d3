/** The budget of bytes held for a peer (docs/DESIGN.md), computed from the code's own constants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPUTE_ON, type Connection, openConnection, type Transport } from '../../firmware/connection.ts';
import { MAX_HELD, MAX_HELD_IN_HANDSHAKE, type TlsClient, type TlsEvent } from '../../src/index.ts';
import { createMqttClient } from '../../src/mqtt/index.ts';
import { Conversation } from '../support/tls/conversation.ts';

/** lwIP's window in Kaluma: most bytes that arrive in a turn of the event loop. */
const TURN = 8 * 1460;
/** The longest record, with its protection. */
const RECORD = 16384 + 24;
/**
 * Bytes of the heap without a peer's bytes, as seen on the real image with one sensor: in the handshake with its garbage,
 * of which little lies when the heap is nearly full (`firmware/memory.ts`), and connected without.
 */
const USED = { handshake: 141_000, connected: 129_700 };
const REACH = 165_000;

test('the bytes that a turn brings fit beside those left of the last one, and all of them fit the heap', () => {
  assert.ok(COMPUTE_ON + TURN <= MAX_HELD_IN_HANDSHAKE);
  assert.ok(USED.handshake + MAX_HELD_IN_HANDSHAKE <= REACH);
  // Bytes that cannot be used yet: a record whose end has not arrived.
  assert.ok(RECORD + TURN <= MAX_HELD);
  assert.ok(USED.connected + MAX_HELD <= REACH);
});

test('a connection is ended beyond its budget of bytes, and a burst of packets costs no more than its bytes', () => {
  const written: Uint8Array[] = [];
  let broken = false;
  const transport: Transport = {
    ...quiet,
    reason: () => (broken ? 'reset' : ''),
    isBroken: () => broken,
    write: (bytes) => void written.push(bytes),
    waiting: () => written.reduce((sum, { length }) => sum + length, 0),
  };
  const { connection, server, receive, tick } = open(transport);
  const pass = (bytes: Uint8Array): void => {
    server.send(23, bytes);
    for (const record of server.output.splice(0)) receive(record);
  };
  tick();
  pass(Uint8Array.of(0x20, 2, 0, 0));
  for (let i = 0; i < 5; i++) tick();
  assert.equal(connection.phase(), 'ready');
  written.length = 0;
  // 2,000 messages with QoS 1 come in a record: while answers wait to be sent no more of them are decoded, and the turn ends,
  // because nothing is sent before.
  const count = 2000;
  pass(Buffer.concat(Array.from({ length: count }, () => Uint8Array.of(0x32, 5, 0, 1, 0x61, 0, 7))));
  let messages = 0;
  let before = 0;
  let taken = 0;
  for (let turns = 0; turns < 2000 && messages < count; turns++) {
    let works = 0;
    do {
      tick();
      for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
        messages += 1;
        connection.publish({ topic: 'kitchen/kitchen-1/reply', payload: 'x'.repeat(90), qos: 0 });
      }
      works += 1;
      assert.ok(works < 200, 'the turn does not end');
    } while (connection.isBehind());
    taken = Math.max(taken, messages - before);
    before = messages;
    assert.ok(transport.waiting() < 2048, `${transport.waiting()} B wait to be sent`);
    written.length = 0;
    pass(Uint8Array.of(0xd0, 0));
  }
  assert.equal(messages, count);
  assert.ok(taken < 8, `${taken} messages taken in one turn, before their answers were encrypted`);
  assert.equal(connection.failure(), null);
  // A connection that breaks while packets and answers are left is reported at once.
  pass(Buffer.concat(Array.from({ length: 800 }, () => Uint8Array.of(0x32, 5, 0, 1, 0x61, 0, 7))));
  for (let i = 0; i < 20; i++) tick();
  broken = true;
  tick();
  assert.match(String(connection.failure()?.error), /connection reset/);
});

test('the connection of a peer that never stops sending is ended', () => {
  const { connection, receive, tick } = open(quiet);
  tick();
  // The peer sends on, while the board computes nothing.
  for (let sent = 0; sent <= MAX_HELD; sent += 1460) receive(new Uint8Array(1460));
  for (let i = 0; i < 5 && connection.failure() === null; i++) tick();
  assert.match(String(connection.failure()?.error), /held at most/);
});

test('bytes that MQTT keeps count as held', () => {
  const { connection, server, receive, tick, tls } = open({ ...quiet, waiting: () => 1000 });
  tick();
  // As long as an answer waits to be sent, MQTT looks at no packet.
  server.send(23, new Uint8Array(16_000));
  for (const record of server.output.splice(0)) receive(record);
  for (let i = 0; i < 50 && tls.held() > 0; i++) tick();
  assert.equal(tls.held(), 0);
  for (let sent = 16_000; sent + 1460 <= MAX_HELD; sent += 1460) receive(new Uint8Array(1460));
  assert.equal(tls.held(), Math.floor((MAX_HELD - 16_000) / 1460) * 1460);
  receive(new Uint8Array(1460));
  assert.ok(tls.held() + 16_000 <= MAX_HELD, 'what comes beyond is dropped');
  assert.equal(connection.failure(), null);
});

test('a connection sends little to a peer that says nothing any more, asks it once, and gives it up', () => {
  let sent = 0;
  const { connection, server, receive, tick } = open({ ...quiet, write: ({ length }) => void (sent += length) });
  const pass = (bytes: Uint8Array): void => {
    server.send(23, bytes);
    for (const record of server.output.splice(0)) receive(record);
  };
  /** @returns how many messages were taken */
  const turns = (count: number): number => {
    let messages = 0;
    for (let i = 0; i < count; i++) {
      tick();
      for (let event = connection.nextEvent(); event !== undefined; event = connection.nextEvent()) {
        messages += 1;
        connection.publish({ topic: 'kitchen/kitchen-1/reply', payload: 'x'.repeat(90), qos: 0 });
      }
    }
    return messages;
  };
  tick();
  pass(Uint8Array.of(0x20, 2, 0, 0));
  turns(5);
  pass(Buffer.concat(Array.from({ length: 100 }, () => Uint8Array.of(0x30, 3, 0, 1, 0x61))));
  const taken = turns(100);
  assert.ok(taken > 5 && taken < 20, `${taken} messages taken`);
  assert.ok(sent < 2560, `${sent} B sent without a sign of the peer`);
  // Anything that comes shows that it is there.
  pass(Uint8Array.of(0xd0, 0));
  assert.ok(turns(100) > 5);
  assert.ok(sent < 5120, `${sent} B sent`);
  assert.equal(connection.failure(), null);
  turns(1200);
  assert.equal(connection.isSilent(1400 * 20), true);
  assert.match(String(connection.failure()?.error), /no PINGRESP for 20000 ms/);
});

const quiet: Transport = {
  reason: () => '',
  isConnected: () => true,
  isBroken: () => false,
  write: () => undefined,
  waiting: () => 0,
  flush: () => false,
  probe: () => undefined,
  close: () => undefined,
};

/** A connection over a transport, whose TLS handshake is over and is reported as its first event. */
function open(transport: Transport): {
  connection: Connection;
  server: Conversation['server'];
  receive: (bytes: Uint8Array) => void;
  tick: () => void;
  tls: TlsClient;
} {
  const { client, server } = new Conversation().assertConnected();
  let receive: (bytes: Uint8Array) => void = () => undefined;
  let now = 0;
  const connection = openConnection({
    dial: (onData) => {
      receive = onData;
      return transport;
    },
    tls: {
      ...client,
      nextEvent: once({ type: 'connected', cipherSuite: 0xc02b, anchor: '', alpn: null, session: null }, client),
    },
    createMqtt: () => createMqttClient({ clientId: 'kitchen-1', keepAliveSeconds: 60 }),
    uptime: () => now,
    tidy: () => undefined,
    onSecured: () => undefined,
  });
  return {
    connection,
    server,
    receive: (bytes) => receive(bytes),
    tick: () => connection.tick((now += 20)),
    tls: client,
  };
}

/** Returns one event before those of the client. */
function once(first: TlsEvent, client: TlsClient): () => TlsEvent | undefined {
  let given = false;
  return () => {
    if (given) return client.nextEvent();
    given = true;
    return first;
  };
}
