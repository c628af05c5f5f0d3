import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, parser, type Packet } from 'mqtt-packet';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { createMqttClient, type MqttClient, type MqttClientOptions, type MqttEvent } from '../../src/mqtt/client.ts';
import type { MqttError } from '../../src/mqtt/errors.ts';

const options: MqttClientOptions = { clientId: 'kitchen-1', keepAliveSeconds: 60 };

function drain(client: MqttClient): MqttEvent[] {
  const events: MqttEvent[] = [];
  for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) events.push(event);
  return events;
}

/** The packets that a client sent, as mqtt-packet reads them, without meaningless fields. */
function sent(events: MqttEvent[]): object[] {
  const packets: object[] = [];
  const reference = parser({ protocolVersion: 4 });
  reference.on('packet', ({ ...packet }: Packet) => {
    delete packet.length;
    const entries = Object.entries(packet).filter(([, value]) => value !== null && value !== false && value !== 0);
    packets.push(Object.fromEntries(entries));
  });
  for (const event of events) if (event.type === 'transmit') reference.parse(Buffer.from(event.bytes));
  return packets;
}

function others(events: MqttEvent[]): MqttEvent[] {
  return events.filter(({ type }) => type !== 'transmit');
}

/** A client that the server has accepted at time 1000, with nothing left to send. */
function connectedClient(extra: Partial<MqttClientOptions> = {}): MqttClient {
  const client = createMqttClient({ ...options, ...extra });
  client.start(1000);
  client.receive(fromHex('20020000'), 1000);
  assert.deepEqual(others(drain(client)), [{ type: 'connected' }]);
  return client;
}

function failure(client: MqttClient): MqttError {
  const events = others(drain(client));
  const event = events.at(-1);
  assert.equal(event?.type, 'failed', JSON.stringify(events));
  return (event as { error: MqttError }).error;
}

test('the client sends CONNECT alone, and is connected only after CONNACK', () => {
  const client = createMqttClient({
    ...options,
    will: { topic: 'kitchen/1/state', payload: 'offline', qos: 1, retain: true },
    username: 'cook',
    password: 'salt',
  });
  assert.deepEqual(drain(client), []);
  client.start(5);
  const events = drain(client);
  assert.deepEqual(sent(events), [
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      keepalive: 60,
      clientId: 'kitchen-1',
      will: { retain: true, qos: 1, topic: 'kitchen/1/state', payload: Buffer.from('offline') },
      username: 'cook',
      password: Buffer.from('salt'),
    },
  ]);
  assert.deepEqual(others(events), []);
  const publish = { topic: 'a', payload: '', qos: 0 } as const;
  assert.throws(() => client.publish(publish), { problem: 'usage', message: 'MQTT is connecting, expected connected' });
  assert.throws(() => client.subscribe('a'), { problem: 'usage' });
  assert.throws(() => client.start(6), { problem: 'usage' });
  client.tick(15_000);
  assert.deepEqual(drain(client), []);
  client.receive(fromHex('20020000'), 15_001);
  assert.deepEqual(drain(client), [{ type: 'connected' }]);
  client.publish(publish);
  assert.equal(sent(drain(client)).length, 1);
});

test('options that CONNECT cannot carry are refused, and the client stays unchanged', () => {
  const client = createMqttClient({ ...options, will: { topic: '#', payload: '' } });
  assert.throws(() => client.start(0), { problem: 'usage' });
  client.tick(1e9);
  assert.deepEqual(drain(client), []);
});

test('every refusal of CONNACK is explained', () => {
  const meanings: [number, RegExp][] = [
    [1, /3\.1\.1/],
    [2, /client id/],
    [3, /unavailable/],
    [4, /user name or password/],
    [5, /not authorized/],
    [6, /CONNACK 6, expected 0/],
    [7, /not authorized/],
    [255, /CONNACK 255, expected 0/],
  ];
  for (const [code, meaning] of meanings) {
    const client = createMqttClient(options);
    client.start(0);
    client.receive(Uint8Array.of(0x20, 2, 0, code), 0);
    const error = failure(client);
    assert.equal(error.problem, 'refused');
    assert.equal(error.returnCode, code);
    assert.match(error.message, meaning);
  }
});

test('a connection that closes before CONNACK is distinguished from one that closes later', () => {
  const client = createMqttClient(options);
  client.start(0);
  client.transportClosed();
  assert.equal(failure(client).problem, 'closed_before_connack');
  const later = connectedClient();
  later.transportClosed();
  assert.equal(failure(later).problem, 'closed');
  const done = connectedClient();
  done.disconnect();
  done.transportClosed();
  assert.deepEqual(others(drain(done)), [{ type: 'disconnected' }]);
});

test('a QoS 1 publish is acknowledged by its own PUBACK, and others are ignored', () => {
  const client = connectedClient();
  const first = client.publish({ topic: 'kitchen/1', payload: '{"celsius":21.5}', qos: 1 });
  const second = client.publish({ topic: 'kitchen/1', payload: Uint8Array.of(1, 2), qos: 1, retain: true });
  const none = client.publish({ topic: 'kitchen/1', payload: '', qos: 0 });
  assert.deepEqual([first, second, none], [65535, 65534, 0]);
  assert.deepEqual(sent(drain(client)), [
    { cmd: 'publish', qos: 1, topic: 'kitchen/1', messageId: 65535, payload: Buffer.from('{"celsius":21.5}') },
    { cmd: 'publish', qos: 1, topic: 'kitchen/1', messageId: 65534, payload: Buffer.from([1, 2]), retain: true },
    { cmd: 'publish', topic: 'kitchen/1', payload: Buffer.alloc(0) },
  ]);
  client.receive(fromHex('4002fffd'), 1001);
  assert.deepEqual(drain(client), []);
  client.receive(fromHex('4002fffe4002fffe'), 1002);
  assert.deepEqual(drain(client), [{ type: 'acknowledged', messageId: 65534 }]);
  client.receive(fromHex('4002ffff'), 1003);
  assert.deepEqual(drain(client), [{ type: 'acknowledged', messageId: 65535 }]);
});

test('a message sent again keeps its id and says DUP; new ids avoid those in flight', () => {
  const client = connectedClient();
  const again = { topic: 'a', payload: 'x', qos: 1, dup: true, messageId: 65535 } as const;
  assert.equal(client.publish(again), 65535);
  assert.deepEqual(sent(drain(client)), [
    { cmd: 'publish', qos: 1, dup: true, topic: 'a', messageId: 65535, payload: Buffer.from('x') },
  ]);
  assert.equal(client.publish({ topic: 'a', payload: 'y', qos: 1 }), 65534);
  assert.equal(client.subscribe('a'), 65533);
  assert.equal(client.publish({ ...again, messageId: 1 }), 1);
});

test('message ids start again without 0', () => {
  const client = connectedClient();
  for (let i = 65535; i > 0; i--) {
    const messageId = client.publish({ topic: 'a', payload: new Uint8Array(0), qos: 1 });
    if (messageId !== i) assert.equal(messageId, i);
    client.receive(Uint8Array.of(0x40, 2, i >> 8, i), 1000);
    drain(client);
  }
  assert.equal(client.publish({ topic: 'a', payload: '', qos: 1 }), 65535);
});

test('messages that cannot be published are refused and not sent', () => {
  const client = connectedClient();
  assert.throws(() => client.publish({ topic: 'a/#', payload: '', qos: 1 }), { problem: 'usage' });
  assert.throws(() => client.publish({ topic: 'a', payload: '', qos: 1, messageId: 65536 }), { problem: 'usage' });
  client.tick(1000 + 30_000);
  assert.deepEqual(drain(client), []);
});

test('SUBSCRIBE asks for QoS 1 and reports what was granted', () => {
  const client = connectedClient();
  const messageId = client.subscribe('kitchen/1/command');
  assert.deepEqual(sent(drain(client)), [
    { cmd: 'subscribe', qos: 1, messageId, subscriptions: [{ topic: 'kitchen/1/command', qos: 1 }] },
  ]);
  client.receive(fromHex('9003000980'), 1000);
  assert.deepEqual(drain(client), []);
  client.receive(fromHex('9003ffff80'), 1000);
  assert.deepEqual(drain(client), [{ type: 'subscribed', messageId, granted: 128 }]);
});

test('received messages are passed on, with QoS 1 after their PUBACK', () => {
  const client = connectedClient();
  const message = { cmd: 'publish', topic: 'küche', dup: false, retain: false } as const;
  client.receive(generate({ ...message, qos: 0, payload: 'now' }), 1000);
  assert.deepEqual(drain(client), [{ type: 'message', topic: 'küche', payload: Uint8Array.from(Buffer.from('now')) }]);
  client.receive(generate({ ...message, qos: 1, messageId: 513, payload: '' }), 1000);
  const events = drain(client);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['transmit', 'message'],
  );
  assert.deepEqual(sent(events), [{ cmd: 'puback', messageId: 513 }]);
});

test('the client sends PINGREQ at three quarters of the keep-alive, and awaits PINGRESP for 20 s', () => {
  const client = connectedClient();
  client.tick(45_000);
  client.receive(generate({ cmd: 'publish', topic: 'a', payload: '', qos: 0, dup: false, retain: false }), 45_500);
  assert.deepEqual(sent(drain(client)), []);
  client.tick(46_000);
  assert.deepEqual(sent(drain(client)), [{ cmd: 'pingreq' }]);
  client.receive(fromHex('d000'), 65_999);
  client.tick(66_000);
  client.publish({ topic: 'a', payload: '', qos: 0 });
  drain(client);
  client.tick(110_998);
  assert.deepEqual(drain(client), []);
  client.tick(110_999);
  client.tick(111_500);
  assert.deepEqual(sent(drain(client)), [{ cmd: 'pingreq' }]);
  client.tick(130_998);
  assert.deepEqual(drain(client), []);
  client.tick(130_999);
  const error = failure(client);
  assert.deepEqual([error.problem, error.message], ['timeout', 'no PINGRESP for 20000 ms']);
});

test('every answer that is overdue fails the connection, the oldest first', () => {
  const silent = createMqttClient(options);
  silent.tick(1e9);
  assert.deepEqual(drain(silent), []);
  silent.start(1e9);
  drain(silent);
  silent.tick(1e9 + 19_999);
  assert.deepEqual(drain(silent), []);
  silent.tick(1e9 + 20_000);
  assert.equal(failure(silent).message, 'no CONNACK for 20000 ms');

  const client = connectedClient();
  client.publish({ topic: 'a', payload: '', qos: 1 });
  client.tick(10_000);
  client.subscribe('a');
  client.receive(fromHex('4002ffff'), 20_999);
  client.tick(21_000);
  assert.deepEqual(others(drain(client)), [{ type: 'acknowledged', messageId: 65535 }]);
  client.tick(30_000);
  assert.equal(failure(client).message, 'no SUBACK for 20000 ms');
});

test('unexpected packets end the connection', () => {
  const cases: [boolean, string, string][] = [
    [false, '40020001', 'protocol'],
    [false, 'd000', 'protocol'],
    [false, '3003000161', 'protocol'],
    [false, '20020100', 'protocol'],
    [true, '20020000', 'protocol'],
    [true, '3405000161000a', 'protocol'],
    [true, 'e000', 'protocol'],
    [true, '30ffffffff', 'malformed'],
    [true, '908020', 'malformed'],
    [true, '3203000161', 'malformed'],
  ];
  for (const [accepted, hex, problem] of cases) {
    const client = accepted ? connectedClient() : createMqttClient(options);
    if (!accepted) client.start(0);
    client.receive(fromHex(hex), 1000);
    assert.equal(failure(client).problem, problem, hex);
    client.receive(fromHex('20020000'), 1001);
    client.tick(1e9);
    if (accepted) assert.equal(client.publish({ topic: 'a', payload: '', qos: 1 }), 0);
    assert.deepEqual(drain(client), [], 'nothing after the end');
  }
});

test('a packet of 4096 bytes is accepted, a longer message is skipped as it arrives', () => {
  const packet = { cmd: 'publish', topic: 'a', qos: 0, dup: false, retain: false } as const;
  const largest = generate({ ...packet, payload: Buffer.alloc(4096 - 6) });
  assert.equal(largest.length, 4096);
  const client = connectedClient();
  client.receive(largest, 1000);
  assert.equal(others(drain(client))[0].type, 'message');
  const long = { ...packet, topic: `kitchen/${'é'.repeat(40)}/command`, payload: Buffer.alloc(5000, 0x31) };
  const stream = Buffer.concat([
    generate(long),
    generate({ ...long, qos: 1, messageId: 513 }),
    generate({ ...packet, payload: 'behind them' }),
  ]);
  const topic = `kitchen/${'?'.repeat(72)}`;
  for (const size of [1, 2, 3, 7, 500, 1460, stream.length]) {
    const events: MqttEvent[] = [];
    let held = 0;
    for (let at = 0; at < stream.length; at += size) {
      client.receive(Uint8Array.from(stream.subarray(at, at + size)), 1000);
      events.push(...drain(client));
      held = Math.max(held, client.held());
    }
    assert.ok(held < 100, `${held} B held`);
    assert.deepEqual(others(events), [
      { type: 'skipped', topic, length: 5101 },
      { type: 'skipped', topic, length: 5103 },
      { type: 'message', topic: 'a', payload: Uint8Array.from(Buffer.from('behind them')) },
    ]);
    assert.deepEqual(sent(events), [{ cmd: 'puback', messageId: 513 }]);
  }
  client.receive(fromHex('90818080017fff'), 1000);
  assert.match(failure(client).message, /packet of 2097158 B, at most 4096 wanted/);
});

test('a longer message with QoS 2, or before CONNACK, is refused as a short one is', () => {
  const long = { cmd: 'publish', topic: 'a', payload: Buffer.alloc(5000), dup: false, retain: false } as const;
  const client = connectedClient();
  client.receive(generate({ ...long, qos: 2, messageId: 1 }), 1000);
  assert.equal(failure(client).message, 'PUBLISH with QoS 2, expected 0 or 1');
  const early = createMqttClient(options);
  early.start(0);
  early.receive(generate({ ...long, qos: 0 }), 1000);
  assert.equal(failure(early).message, 'PUBLISH while connecting');
});

test('the client decodes many packets in one portion one by one', () => {
  const client = connectedClient();
  const packet = generate({ cmd: 'publish', topic: 'a', qos: 1, messageId: 9, dup: false, retain: false, payload: '' });
  const portion = Buffer.concat(Array.from({ length: 800 }, () => packet));
  client.receive(portion, 1000);
  for (let i = 1; i <= 800; i++) {
    assert.equal(client.isBusy(), true);
    assert.equal(client.nextEvent()?.type, 'transmit');
    assert.equal(client.held(), portion.length - i * packet.length);
    assert.equal(client.nextEvent()?.type, 'message');
  }
  assert.equal(client.nextEvent(), undefined);
  assert.equal(client.isBusy(), false);
});

test('an answer is not overdue as long as received bytes wait to be worked on', () => {
  const client = connectedClient();
  client.publish({ topic: 'a', payload: '', qos: 1 });
  drain(client);
  for (let now = 1000; now <= 61_000; now += 100) client.tick(now, true);
  assert.deepEqual(sent(drain(client)), []);
  client.tick(65_999);
  assert.deepEqual(others(drain(client)), []);
  client.tick(66_000);
  assert.equal(failure(client).message, 'no PUBACK for 20000 ms');
});

test('portions of any size give the same events', () => {
  const stream = Buffer.concat([
    generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }),
    generate({
      cmd: 'publish',
      topic: 'a/b',
      payload: 'x'.repeat(200),
      qos: 1,
      messageId: 7,
      dup: false,
      retain: false,
    }),
    generate({ cmd: 'pingresp' }),
    generate({ cmd: 'publish', topic: 'c', payload: 'y', qos: 0, dup: false, retain: true }),
  ]);
  const run = (size: number): MqttEvent[] => {
    const client = createMqttClient(options);
    client.start(0);
    const portion = new Uint8Array(size);
    const events: MqttEvent[] = [];
    for (let at = 0; at < stream.length; at += size) {
      const part = stream.subarray(at, at + size);
      portion.set(part);
      client.receive(portion.subarray(0, part.length), 0);
      for (const event of drain(client)) {
        events.push(event.type === 'message' ? { ...event, payload: event.payload.slice() } : event);
      }
      // When all is used up, the transport may use its memory again.
      portion.fill(0xee);
    }
    return events;
  };
  const whole = run(stream.length);
  assert.deepEqual(
    whole.map(({ type }) => type),
    ['transmit', 'connected', 'transmit', 'message', 'message'],
  );
  assert.equal(toHex((whole[4] as { payload: Uint8Array }).payload), '79');
  for (const size of [1, 2, 3, 5, 64, 207, 208]) assert.deepEqual(run(size), whole, `portions of ${size}`);
});

test('a keep-alive that AWS IoT would not take is refused', () => {
  for (const keepAliveSeconds of [0, 29, 1201, NaN]) {
    assert.throws(() => createMqttClient({ ...options, keepAliveSeconds }), { name: 'MqttError', problem: 'usage' });
  }
});
