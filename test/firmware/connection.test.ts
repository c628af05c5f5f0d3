import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, type Connection, type Transport } from '../../firmware/connection.ts';
import { type TlsClient, TlsError, type TlsEvent } from '../../src/index.ts';
import { createMqttClient } from '../../src/mqtt/index.ts';

const CONNACK = Uint8Array.of(0x20, 2, 0, 0);

/** TLS without encryption that needs `slices` of computing for its handshake, and records how it was used. */
class FakeTls implements TlsClient {
  readonly events: TlsEvent[] = [];
  readonly calls: string[] = [];
  /** Slices left to compute. */
  slices = 3;
  worked = 0;
  closedTransport = false;

  receive(bytes: Uint8Array): void {
    this.events.push({ type: 'data', bytes: bytes.slice() });
  }

  work(): boolean {
    this.worked += 1;
    if (this.slices > 0 && --this.slices === 0) {
      this.events.push({ type: 'connected', cipherSuite: 0xc02f, anchor: 'root', alpn: null, session: null });
    }
    return this.slices > 0;
  }

  nextEvent(): TlsEvent | undefined {
    return this.events.shift();
  }

  held(): number {
    return 0;
  }

  send(bytes: Uint8Array): void {
    this.events.push({ type: 'transmit', bytes });
  }

  close(): void {
    this.calls.push('close');
    this.events.push({ type: 'transmit', bytes: Uint8Array.of(21) }, { type: 'closed' });
  }

  transportClosed(): void {
    if (this.closedTransport) return;
    this.closedTransport = true;
    this.events.push({
      type: 'failed',
      error: new TlsError({ where: 'connection', expected: 'close_notify', received: 'its end', origin: 'transport' }),
    });
  }
}

class FakeTransport implements Transport {
  why = '';
  connected = false;
  readonly written: Uint8Array[] = [];
  probes = 0;
  closed = 0;
  /** Bytes written and not flushed. */
  unsent = 0;

  reason = (): string => this.why;
  isBroken = (): boolean => this.why === 'reset';
  isConnected = (): boolean => this.connected && this.why === '';
  write = (bytes: Uint8Array): void => {
    this.written.push(bytes);
    this.unsent += 1;
  };
  waiting = (): number => this.unsent;
  flush = (): boolean => {
    if (this.unsent > 0) this.unsent -= 1;
    return this.unsent > 0 && this.why === '';
  };
  probe = (): void => void (this.probes += 1);
  close = (): void => {
    this.closed += 1;
    this.why = 'closed';
  };
}

interface Rig {
  connection: Connection;
  transport: FakeTransport;
  tls: FakeTls;
  receive: (bytes: Uint8Array) => void;
  clock: { now: number; slice: number };
  secured: number[];
}

function setUp(): Rig {
  const transport = new FakeTransport();
  const tls = new FakeTls();
  /** Each look at the clock takes as long as a slice. */
  const clock = { now: 0, slice: 0 };
  const secured: number[] = [];
  let receive: Rig['receive'] = () => assert.fail('not dialled');
  const connection = openConnection({
    dial: (onData) => {
      receive = onData;
      return transport;
    },
    tls: tls,
    createMqtt: () => createMqttClient({ clientId: 'kitchen-1', keepAliveSeconds: 60 }),
    uptime: () => (clock.now += clock.slice),
    tidy: () => undefined,
    onSecured: (_, duration) => secured.push(duration),
  });
  return { connection, transport, tls, receive, clock, secured };
}

/** Brings all layers up. */
function ready(): Rig {
  const rig = setUp();
  rig.transport.connected = true;
  for (let now = 0; rig.connection.phase() !== 'mqtt'; now += 20) rig.connection.tick(now);
  rig.receive(CONNACK);
  rig.connection.tick((rig.clock.now = 200));
  assert.equal(rig.connection.phase(), 'ready');
  return rig;
}

test('a connection is set up layer by layer', () => {
  const { connection, transport, tls, receive, clock, secured } = setUp();
  connection.tick(0);
  assert.equal(connection.phase(), 'tcp');
  assert.equal(tls.worked, 0, 'nothing is computed for a connection that may be refused');
  transport.connected = true;
  clock.slice = 100;
  connection.tick((clock.now = 1000));
  assert.equal(connection.phase(), 'tls');
  connection.tick(clock.now);
  connection.tick(clock.now);
  assert.equal(connection.phase(), 'mqtt');
  assert.ok(secured[0] >= 200 && secured[0] < 1000, `from TCP connected to TLS connected: ${secured[0]}`);
  connection.tick(clock.now);
  assert.equal(transport.written.length, 1);
  assert.equal(transport.written[0][0] >> 4, 1, 'CONNECT');
  receive(CONNACK);
  connection.tick(clock.now);
  assert.equal(connection.phase(), 'ready');
  assert.equal(connection.failure(), null);
});

test('a connection computes one long slice in a turn, or short ones for 60 ms', () => {
  for (const [slice, turns] of [
    [100, 10],
    [15, 3],
  ]) {
    const { connection, transport, tls, clock } = setUp();
    tls.slices = 10;
    transport.connected = true;
    clock.slice = slice;
    let count = 0;
    while (connection.phase() !== 'mqtt') {
      connection.tick(clock.now);
      count += 1;
    }
    assert.equal(count, turns, `slices of ${slice} ms`);
  }
});

test('a connection asks a few times a second whether lwIP still has it', () => {
  const { connection, transport } = ready();
  const before = transport.probes;
  for (let now = 1000; now < 3000; now += 20) connection.tick(now);
  assert.ok(transport.probes - before >= 7 && transport.probes - before <= 9);
});

test('a connection that TCP refuses fails', () => {
  const { connection, transport } = setUp();
  transport.why = 'refused';
  connection.tick(0);
  assert.equal(connection.failure()?.area, 'tcp');
  assert.equal(connection.failure()?.error.message, 'refused');
  connection.close(false);
  assert.equal(transport.closed, 1);
});

test('a connection that ends during its handshake fails in TLS, and in MQTT when it ends later', () => {
  const early = setUp();
  early.transport.connected = true;
  early.tls.slices = 100;
  early.clock.slice = 100;
  early.connection.tick(0);
  early.transport.why = 'reset';
  early.connection.tick(20);
  assert.equal(early.connection.failure()?.area, 'tls');

  const late = ready();
  late.transport.why = 'closed by the other side';
  late.connection.tick(300);
  assert.equal(late.connection.failure()?.area, 'mqtt');
  assert.match(String(late.connection.failure()?.error), /MqttError: closed by broker/);

  const broken = ready();
  broken.transport.why = 'reset';
  broken.connection.tick(300);
  assert.equal(broken.connection.failure()?.error.message, 'connection reset');

  const unanswered = setUp();
  unanswered.transport.connected = true;
  while (unanswered.connection.phase() !== 'mqtt') unanswered.connection.tick(0);
  unanswered.transport.why = 'closed by the other side';
  unanswered.connection.tick(300);
  assert.match(String(unanswered.connection.failure()?.error), /closed before CONNACK/);
});

test('a connection reports an alert as the server sent it, also later', () => {
  const { connection, tls } = ready();
  tls.events.push({
    type: 'failed',
    error: new TlsError({ where: 'record', expected: 'a tag', received: 'another', alert: 'bad_record_mac' }),
  });
  connection.tick(300);
  assert.equal(connection.failure()?.area, 'tls');
});

test('a connection notices that the broker has fallen silent', () => {
  const { connection } = ready();
  connection.publish({ topic: 't', payload: 'x', qos: 1, messageId: 9 });
  connection.tick(300);
  for (let now = 400; connection.failure() === null && now < 60_000; now += 500) {
    connection.tick(now);
  }
  // The clock of the rig stands still; what counts is the one that ticks are given from.
  assert.equal(connection.failure(), null);
  const moving = ready();
  moving.connection.publish({ topic: 't', payload: 'x', qos: 1, messageId: 9 });
  moving.connection.tick((moving.clock.now = 19_000));
  assert.equal(moving.connection.failure(), null);
  moving.connection.tick((moving.clock.now = 21_000));
  assert.match(String(moving.connection.failure()?.error), /no PUBACK/);
});

test('a connection delivers acknowledgements in order and sends what is published', () => {
  const { connection, transport, receive, clock } = ready();
  connection.publish({ topic: 't', payload: 'x', qos: 1, messageId: 7 });
  connection.subscribe('c');
  connection.tick((clock.now = 300));
  assert.deepEqual(
    transport.written.slice(-2).map((bytes) => bytes[0] >> 4),
    [3, 8],
  );
  receive(Uint8Array.of(0x40, 2, 0, 7));
  connection.tick((clock.now = 340));
  assert.deepEqual(connection.nextEvent(), { type: 'acknowledged', messageId: 7 });
  assert.equal(connection.nextEvent(), undefined);
});

test('publishing behind a packet that ended the connection does nothing, and the reason is that of the packet', () => {
  const { connection, transport, receive, clock } = ready();
  const message = { topic: 't', payload: 'x', qos: 1, messageId: 7 } as const;
  connection.publish(message);
  connection.tick((clock.now = 300));
  const { length } = transport.written;
  receive(Uint8Array.of(0x40, 2, 0, 7, 0x90, 0xff, 0xff, 0xff, 0x7f));
  connection.tick((clock.now = 340));
  assert.deepEqual(connection.nextEvent(), { type: 'acknowledged', messageId: 7 });
  assert.equal(connection.nextEvent(), undefined);
  connection.publish(message);
  connection.subscribe('c');
  assert.equal(transport.written.length, length);
  assert.match(String(connection.failure()?.error), /packet of \d+ B, at most 4096 wanted/);
});

test('a connection records when bytes arrived', () => {
  const { connection, receive, clock } = ready();
  clock.now = 12_345;
  receive(Uint8Array.of(0xd0, 0));
  assert.equal(connection.receivedAt(), 12_345);
});

test('a connection counts as silent if nothing came for 15 s, but not before it was connected nor after it ended', () => {
  const dialling = setUp();
  dialling.connection.tick(20_000);
  assert.equal(dialling.connection.isSilent(20_000), false);
  dialling.transport.connected = true;
  dialling.connection.tick(20_020);
  assert.equal(dialling.connection.isSilent(30_000), false);
  assert.equal(dialling.connection.isSilent(35_020), true);
  const { connection, transport, receive, clock } = ready();
  clock.now = 12_345;
  receive(Uint8Array.of(0xd0, 0));
  assert.equal(connection.isSilent(27_344), false);
  assert.equal(connection.isSilent(27_345), true);
  transport.why = 'reset';
  assert.equal(connection.isSilent(30_000), false);
});

test('a connection reports how long it computed in its phase', () => {
  const { connection, transport, tls, clock } = setUp();
  transport.connected = true;
  tls.slices = 1000;
  connection.tick(0);
  assert.equal(connection.computed(), 0);
  clock.slice = 50;
  connection.tick((clock.now = 1000));
  const first = connection.computed();
  assert.ok(first >= 100 && first < 400, `${first} ms`);
  clock.slice = 0;
  connection.tick((clock.now = 9000));
  assert.equal(connection.computed(), first, 'waiting is not computing');
});

test('a connection closes without a good-bye where nobody would hear it', () => {
  const { connection, transport, tls } = ready();
  const before = transport.written.length;
  connection.close(true);
  assert.deepEqual([transport.written.length, tls.calls, transport.closed], [before, [], 1]);
});

test('a connection says good-bye on each layer, and sends it before it closes', () => {
  const { connection, transport, tls } = ready();
  const before = transport.written.length;
  connection.close(false);
  assert.deepEqual(
    transport.written.slice(before).map((bytes) => bytes[0]),
    [0xe0, 21],
  );
  assert.deepEqual(tls.calls, ['close']);
  assert.equal(transport.unsent, 0);
  assert.equal(transport.closed, 1);
});

test('a connection gives up a good-bye that takes too long', () => {
  const { connection, transport, tls, clock } = setUp();
  transport.connected = true;
  tls.slices = 100;
  clock.slice = 50;
  connection.tick(0);
  const { now } = clock;
  connection.close(false);
  assert.ok(clock.now - now < 500, `${clock.now - now} ms`);
  assert.equal(transport.closed, 1);
});

test('a connection throws the error of dialling', () => {
  assert.throws(
    () =>
      openConnection({
        dial: () => {
          throw new Error('DNS Error: IP is not found.');
        },
        tls: new FakeTls(),
        createMqtt: () => createMqttClient({ clientId: 'a', keepAliveSeconds: 60 }),
        uptime: () => 0,
        tidy: () => undefined,
        onSecured: () => undefined,
      }),
    /IP is not found/,
  );
});
