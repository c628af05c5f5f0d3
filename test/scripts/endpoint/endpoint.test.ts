import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { generate, parser, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';
import { Endpoint, type EndpointEvents } from '../../../scripts/endpoint/localEndpoint.ts';
import {
  encodeKeyPem,
  encodePem,
  makeDeviceIdentity,
  makeServerChain,
  type DeviceIdentity,
} from '../../../scripts/lib/certificates.ts';
import { createMqttClient, type MqttEvent } from '../../../src/mqtt/index.ts';

const HOST = 'endpoint.example';
const READING = { device: 'kitchen-1', celsius: 21.5, time: '2026-11-23T08:00:00Z', seq: 17, uptime_s: 1234 };

let endpoint: Endpoint;
let device: DeviceIdentity;
let settings: { host: string; key: string; chain: string; deviceAuthority: string; address: string };
let trusted: ConnectionOptions;

before(async () => {
  device = await makeDeviceIdentity({ thing: 'kitchen-1' });
  const { key, certificates, anchor } = await makeServerChain({ kind: 'ecdsa', host: HOST });
  settings = {
    host: HOST,
    key: encodeKeyPem(key),
    chain: certificates.map((der) => encodePem('CERTIFICATE', der)).join(''),
    deviceAuthority: encodePem('CERTIFICATE', device.authority),
    address: '127.0.0.1',
  };
  endpoint = await Endpoint.start({ ...settings, port: 0 });
  trusted = { ca: encodePem('CERTIFICATE', anchor), servername: HOST, ...shown(device) };
});
after(() => endpoint.close());

function shown({ certificate, key }: DeviceIdentity): ConnectionOptions {
  return { cert: encodePem('CERTIFICATE', certificate), key: encodeKeyPem(key) };
}

/** The next event of a name, or a failure after ten seconds. */
async function next<K extends keyof EndpointEvents>(name: K): Promise<EndpointEvents[K][0]> {
  const [event] = (await once(endpoint, name, { signal: AbortSignal.timeout(10_000) })) as EndpointEvents[K];
  return event;
}

async function dial(extra: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port: endpoint.port, host: '127.0.0.1', ...trusted, ...extra });
  await once(socket, 'secureConnect');
  return socket;
}

/** The error of a handshake, as the client sees it. */
async function dialInVain(extra: ConnectionOptions): Promise<string> {
  const socket = connectTls({ port: endpoint.port, host: '127.0.0.1', ...trusted, ...extra });
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  // OpenSSL's releases name alerts differently; the number is the protocol's.
  return /alert number \d+/.exec(error.message)?.[0] ?? error.code ?? error.message;
}

interface Peer {
  socket: TLSSocket;
  /** The bytes that the endpoint sent so far. */
  packets: Packet[];
  send(packet: Packet): void;
}

/** A connection that has sent CONNECT, speaking through mqtt-packet. */
async function mqtt(connect: Partial<IConnectPacket> = {}): Promise<Peer> {
  const socket = await dial();
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion: 4 });
  reader.on('packet', (packet) => packets.push(packet));
  socket.on('data', (data: Buffer) => reader.parse(data));
  socket.on('error', () => undefined);
  const send = (packet: Packet): void => void socket.write(generate(packet));
  send({ cmd: 'connect', clientId: 'kitchen-1', clean: true, keepalive: 60, ...connect });
  return { socket, packets, send };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await delay(10);
  assert.ok(condition(), what);
}

async function accepted(): Promise<Peer> {
  const ready = next('connected');
  const peer = await mqtt();
  await ready;
  await until(() => peer.packets.length === 1, 'CONNACK');
  assert.equal(peer.packets[0].cmd, 'connack');
  return peer;
}

function publish(extra: Partial<IPublishPacket> = {}): Packet {
  const payload = JSON.stringify(READING);
  const topic = 'kitchen/kitchen-1/temperature';
  return { cmd: 'publish', topic, payload, qos: 1, messageId: 9, dup: false, retain: false, ...extra };
}

async function closed(socket: Socket): Promise<void> {
  await until(() => socket.closed, 'closed');
}

test('a reading is acknowledged and reported', async () => {
  const peer = await accepted();
  const reported = next('reading');
  peer.send(publish());
  assert.deepEqual(await reported, { reading: READING, topic: 'kitchen/kitchen-1/temperature', again: false });
  await until(() => peer.packets.length === 2, 'PUBACK');
  assert.deepEqual([peer.packets[1].cmd, peer.packets[1].messageId], ['puback', 9]);

  const repeated = next('reading');
  peer.send(publish({ dup: true }));
  assert.equal((await repeated).again, true);

  const other = next('message');
  peer.send(publish({ payload: '{"state":"online"}' }));
  assert.equal((await other).payload.toString(), '{"state":"online"}');

  const gone = next('disconnected');
  peer.send({ cmd: 'disconnect' });
  assert.equal((await gone).clientId, 'kitchen-1');
});

test('our own MQTT client can use it over TLS', async () => {
  const socket = await dial();
  const client = createMqttClient({
    clientId: 'kitchen-1',
    keepAliveSeconds: 30,
    will: { topic: 'kitchen/kitchen-1/state', payload: 'offline', qos: 1, retain: true },
  });
  const seen: MqttEvent[] = [];
  const pump = (): void => {
    for (let event = client.nextEvent(); event !== undefined; event = client.nextEvent()) {
      if (event.type === 'transmit') socket.write(event.bytes);
      else seen.push(event);
    }
  };
  socket.on('data', (data: Buffer) => {
    client.receive(data, performance.now());
    pump();
  });
  client.start(performance.now());
  pump();
  await until(() => seen.length === 1, 'connected');
  const messageId = client.publish({
    topic: 'kitchen/kitchen-1/temperature',
    payload: JSON.stringify(READING),
    qos: 1,
  });
  const subscription = client.subscribe('kitchen/kitchen-1/command');
  pump();
  await until(() => seen.length === 3, 'acknowledged and subscribed');
  endpoint.publish('kitchen/kitchen-1/command', 'now');
  await until(() => seen.length === 4, 'message');
  assert.deepEqual(seen, [
    { type: 'connected' },
    { type: 'acknowledged', messageId },
    { type: 'subscribed', messageId: subscription, granted: 1 },
    { type: 'message', topic: 'kitchen/kitchen-1/command', payload: Uint8Array.from(Buffer.from('now')) },
  ]);
  const will = next('message');
  socket.destroy();
  assert.equal((await will).payload.toString(), 'offline');
});

test('without SNI, or with another name, the endpoint does not answer', async () => {
  for (const [servername, why] of [
    ['', /^no SNI, expected 'endpoint.example'; not answered$/],
    ['other.example', /^SNI asks for 'other\.example', expected/],
  ] as const) {
    const refused = next('refused');
    const socket = connectTls({ port: endpoint.port, host: '127.0.0.1', ...trusted, servername });
    socket.on('error', () => undefined);
    const outcome = Promise.race([
      once(socket, 'close').then(() => 'closed'),
      once(socket, 'secureConnect').then(() => 'connected'),
      delay(300, 'silence'),
    ]);
    assert.match((await refused).why, why);
    assert.equal(await outcome, 'silence');
    socket.destroy();
  }
});

test('a ClientHello in pieces is understood', async () => {
  const tcp = connectTcp(endpoint.port, '127.0.0.1');
  await once(tcp, 'connect');
  const slow = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      void (async () => {
        for (let at = 0; at < chunk.length; at += 50) {
          tcp.write(chunk.subarray(at, at + 50));
          await delay(1);
        }
        done();
      })();
    },
  });
  tcp.on('data', (data) => slow.push(data));
  const socket = connectTls({ ...trusted, socket: slow });
  await once(socket, 'secureConnect');
  assert.equal(socket.getProtocol(), 'TLSv1.2');
  const refused = next('refused');
  tcp.destroy();
  assert.match((await refused).why, /before CONNECT/);
});

test('a client that ends the connection during the handshake is named', async () => {
  const tcp = connectTcp(endpoint.port, '127.0.0.1');
  await once(tcp, 'connect');
  const who = `127.0.0.1:${tcp.localPort}`;
  const refused = next('refused');
  const write = (chunk: Buffer, _encoding: string, done: () => void): void => void tcp.write(chunk, done);
  connectTls({ ...trusted, socket: new Duplex({ read: () => undefined, write }) }).on('error', () => undefined);
  await once(tcp, 'data');
  tcp.destroy();
  assert.deepEqual(await refused, { who, why: 'handshake: the connection ended' });
});

test('a connection that is not TLS is closed', async () => {
  const refused = next('refused');
  const tcp = connectTcp(endpoint.port, '127.0.0.1');
  tcp.write('GET / HTTP/1.1\r\n\r\n');
  assert.equal((await refused).why, 'no TLS: record type 71, expected a handshake');
  await closed(tcp);
});

test('TLS 1.3 alone and suites without AEAD are refused with their alerts', async () => {
  assert.equal(await dialInVain({ minVersion: 'TLSv1.3' }), 'alert number 70');
  const refused = next('refused');
  assert.equal(await dialInVain({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }), 'alert number 40');
  assert.match((await refused).why, /^handshake: no shared cipher$/);
});

test('a client without a certificate, or with one of another authority, is refused', async () => {
  const missing = next('refused');
  const bare = { ...trusted, cert: undefined, key: undefined } as ConnectionOptions;
  const socket = connectTls({ port: endpoint.port, host: '127.0.0.1', ...bare });
  await once(socket, 'error');
  assert.match((await missing).why, /peer did not return a certificate/);

  const foreign = next('refused');
  const stranger = connectTls({
    port: endpoint.port,
    host: '127.0.0.1',
    ...trusted,
    ...shown(await makeDeviceIdentity({ thing: 'kitchen-1' })),
  });
  stranger.on('error', () => undefined);
  assert.match((await foreign).why, /not one of this endpoint's devices/);
  await closed(stranger);
});

test('a client that leaves after the handshake is reported', async () => {
  const refused = next('refused');
  const stranger = await makeServerChain({ kind: 'ecdsa', host: HOST });
  assert.match(await dialInVain({ ca: encodePem('CERTIFICATE', stranger.anchor) }), /ISSUER|SELF_SIGNED/);
  assert.match((await refused).why, /before CONNECT: was it npm run doctor, or does it not trust the root\?$/);
});

test('CONNECT that policy forbids is closed without CONNACK', async () => {
  const cases: [Partial<IConnectPacket>, RegExp][] = [
    [{ clientId: 'kitchen-2' }, /its certificate is for client id 'kitchen-1'/],
    [{ clientId: '$me' }, /begins with \$/],
    [{ will: { topic: 'kitchen/kitchen-2/state', payload: 'x' } }, /not one of its own/],
  ];
  for (const [connect, why] of cases) {
    const refused = next('refused');
    const peer = await mqtt(connect);
    assert.match((await refused).why, why);
    await closed(peer.socket);
    assert.deepEqual(peer.packets, []);
  }
  const refused = next('refused');
  const nameless = await mqtt({ clientId: '' });
  const who = `127.0.0.1:${nameless.socket.localPort}`;
  assert.deepEqual(await refused, { who, why: 'CONNECT: it sends no client id' });
});

test('PUBLISH and SUBSCRIBE that policy forbids close the connection unanswered', async () => {
  const cases: [Packet, RegExp][] = [
    [publish({ topic: 'kitchen/kitchen-2/temperature' }), /PUBLISH to 'kitchen\/kitchen-2\/temperature': .*not one of/],
    [publish({ topic: 'kitchen/kitchen-1/2/3/4/5/6/7/8' }), /more than 7 slashes/],
    [publish({ topic: `kitchen-1/${'x'.repeat(250)}` }), /longer than 256 bytes/],
    [publish({ payload: Buffer.alloc(128 * 1024 + 1) }), /payload of 131073 bytes/],
    [{ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'kitchen/#', qos: 1 }] }, /SUBSCRIBE to 'kitchen\/#'/],
  ];
  for (const [packet, why] of cases) {
    const peer = await accepted();
    const refused = next('refused');
    const gone = next('disconnected');
    peer.send(packet);
    const { who, why: said } = await refused;
    assert.equal(who, 'kitchen-1');
    assert.match(said, why);
    await closed(peer.socket);
    assert.equal(peer.packets.length, 1, 'CONNACK only');
    await gone;
  }
});

test('a QoS 2 publish is never answered, and the connection goes on', async () => {
  const peer = await accepted();
  const refused = next('refused');
  peer.send(publish({ qos: 2 }));
  assert.match((await refused).why, /QoS 2/);
  const reported = next('reading');
  peer.send(publish({ messageId: 10 }));
  await reported;
  await until(() => peer.packets.length === 2, 'PUBACK');
  assert.deepEqual([peer.packets[1].cmd, peer.packets[1].messageId], ['puback', 10]);
  peer.socket.destroy();
});

test('a second client with the same id ends the connection of the first', async () => {
  const older = await accepted();
  const gone = next('disconnected');
  const newcomer = await accepted();
  assert.deepEqual(await gone, { clientId: 'kitchen-1', why: 'another client with the same id connected' });
  await closed(older.socket);
  assert.ok(!newcomer.socket.closed);
  newcomer.socket.destroy();
  await next('disconnected');
});

test('a port that is in use gives an error of one line', async () => {
  await assert.rejects(Endpoint.start({ ...settings, port: endpoint.port }), {
    name: 'UserError',
    message: `cannot listen on port ${endpoint.port}: the port is in use; --port chooses another`,
  });
});

test('close() ends every connection, answered or not', async () => {
  const own = await Endpoint.start({ ...settings, port: 0 });
  const socket = connectTls({ port: own.port, host: '127.0.0.1', ...trusted });
  const silent = connectTls({ port: own.port, host: '127.0.0.1', ...trusted, servername: '' });
  silent.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  await own.close();
  await Promise.all([closed(socket), closed(silent)]);
});
