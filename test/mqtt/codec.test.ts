import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate, parser, type Packet } from 'mqtt-packet';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { DecodeError } from '../../src/bytes/errors.ts';
import { decodePacket, packetLength } from '../../src/mqtt/decode.ts';
import { encodePacket } from '../../src/mqtt/encode.ts';
import { MqttError } from '../../src/mqtt/errors.ts';
import type { ClientPacket, PublishPacket } from '../../src/mqtt/packets.ts';
import { eitherWay, fromClient, fromServer } from './fixtures.ts';

/** All packets that mqtt-packet reads from bytes. */
function parsedByPackage(bytes: Uint8Array): Packet[] {
  const packets: Packet[] = [];
  const reference = parser({ protocolVersion: 4 });
  reference.on('packet', (packet) => packets.push(packet));
  reference.on('error', (error: Error) => {
    throw error;
  });
  assert.equal(reference.parse(Buffer.from(bytes)), 0, 'all bytes used');
  return packets;
}

/** The properties of `packet` that `like` has too, at every level; bytes as plain Uint8Array. */
function sameKeys(packet: unknown, like: unknown): unknown {
  if (packet instanceof Uint8Array) return Uint8Array.from(packet);
  if (typeof like !== 'object' || like === null || Array.isArray(like)) return packet;
  const values = packet as Record<string, unknown>;
  return Object.fromEntries(Object.entries(like).map(([key, value]) => [key, sameKeys(values[key], value)]));
}

for (const { name, packet, bytes } of [...fromClient, ...eitherWay]) {
  test(`${name} is encoded as mqtt-packet encodes it`, () => {
    assert.equal(toHex(generate(packet as Packet)), toHex(bytes));
    assert.equal(toHex(encodePacket(packet)), toHex(bytes));
    const [parsed] = parsedByPackage(encodePacket(packet));
    assert.deepEqual(sameKeys(parsed, packet), sameKeys(packet, packet));
  });
}

for (const { name, packet, bytes } of [...fromServer, ...eitherWay]) {
  test(`${name} is decoded as mqtt-packet decodes it`, () => {
    const ours = decodePacket(bytes);
    assert.deepEqual(sameKeys(ours, ours), sameKeys(packet, packet));
    assert.deepEqual(sameKeys(parsedByPackage(bytes)[0], packet), sameKeys(packet, packet));
    assert.equal(toHex(generate(packet as Packet)), toHex(bytes));
    assert.equal(packetLength(bytes), bytes.length);
  });
}

test('text is sent as UTF-8', () => {
  const packet: PublishPacket = { cmd: 'publish', topic: 'ü/€', qos: 0, dup: false, retain: false, payload: '{"°":1}' };
  assert.equal(
    toHex(encodePacket(packet)),
    toHex(encodePacket({ ...packet, payload: new TextEncoder().encode('{"°":1}') })),
  );
  assert.throws(() => encodePacket({ ...packet, payload: '\ud800' }), DecodeError);
});

test('annotations cover every byte once, with the names of the specification', () => {
  const names = new Set<string>();
  const check = (annotations: Annotation[], bytes: Uint8Array): void => {
    let at = 0;
    for (const { start, end, name } of annotations) {
      assert.equal(start, at);
      assert.ok(end > start || name === 'Payload');
      at = end;
      names.add(name);
    }
    assert.equal(at, bytes.length);
  };
  for (const { packet, bytes } of [...fromClient, ...eitherWay]) {
    const annotations: Annotation[] = [];
    assert.equal(toHex(encodePacket(packet, annotations)), toHex(bytes));
    check(annotations, bytes);
  }
  for (const { bytes } of [...fromServer, ...eitherWay]) {
    const annotations: Annotation[] = [];
    decodePacket(bytes, annotations);
    check(annotations, bytes);
  }
  for (const name of ['Keep Alive', 'Client Identifier', 'Will Message', 'Packet Identifier', 'Connect Return code']) {
    assert.ok(names.has(name), name);
  }
});

test('packets that MQTT forbids are not encoded', () => {
  const publish: PublishPacket = {
    cmd: 'publish',
    topic: 'a',
    qos: 1,
    dup: false,
    retain: false,
    payload: '',
    messageId: 1,
  };
  const connect: ClientPacket = { cmd: 'connect', clientId: 'a', clean: true, keepalive: 30 };
  const subscribe = (topic: string): ClientPacket => ({
    cmd: 'subscribe',
    messageId: 1,
    subscriptions: [{ topic, qos: 1 }],
  });
  const wrong: ClientPacket[] = [
    ...['', 'a/+', '#', 'a\0b'].map((topic) => ({ ...publish, topic })),
    ...[0, 65536, -1].map((messageId) => ({ ...publish, messageId })),
    { ...connect, password: 'secret' },
    { ...connect, will: { topic: 'a/#', payload: '' } },
    { ...connect, clientId: 'a\0' },
    { ...publish, qos: 0, dup: true },
    ...['', 'a+', '+a', 'a/+b', 'a#', '#/a', 'a/#b', '##', '\0'].map(subscribe),
  ];
  for (const topic of ['a', '/', '#', '+', 'a/#', '/+/', '+/+/#', 'a/+/b']) encodePacket(subscribe(topic));
  for (const packet of wrong) {
    assert.throws(() => encodePacket(packet), { name: 'MqttError', problem: 'usage' }, JSON.stringify(packet));
  }
  assert.throws(() => encodePacket({ ...connect, clientId: 'x'.repeat(65536) }), RangeError);
});

test('bytes that are not MQTT 3.1.1 are refused', () => {
  const wrong = {
    nothing: '',
    'CONNACK too short': '200100',
    'CONNACK too long': '2003000000',
    'CONNACK with reserved flags': '20020200',
    'CONNACK refusing and with a session [MQTT-3.2.2-4]': '20020105',
    'CONNACK with header flags [MQTT-2.2.2-2]': '21020000',
    'PUBLISH with QoS 3 [MQTT-3.3.1-4]': '3605000161000a',
    'PUBLISH with DUP and QoS 0 [MQTT-3.3.1-2]': '3803000161',
    'PUBLISH without a topic length': '300100',
    'PUBLISH with a topic longer than the packet': '3003000261',
    'PUBLISH with an empty topic': '30020000',
    'PUBLISH with a wildcard [MQTT-3.3.2-2]': '300300012b',
    'PUBLISH with NUL in the topic [MQTT-1.5.3-2]': '3003000100',
    'PUBLISH with a surrogate in the topic [MQTT-1.5.3-1]': '30050003eda080',
    'PUBLISH with an overlong topic': '30040002c0af',
    'PUBLISH with a cut character': '30040002e282',
    'PUBLISH with QoS 1 and no message id': '3203000161',
    'PUBLISH with message id 0 [MQTT-2.3.1-1]': '32050001610000',
    'PUBACK with message id 0': '40020000',
    'PUBACK too long': '4003000100',
    'PUBACK with header flags': '42020001',
    'SUBACK without a code': '90020001',
    'SUBACK with two codes for one topic': '900400010101',
    'SUBACK with a reserved code [MQTT-3.9.3-2]': '9003000103',
    'PINGRESP with a body': 'd00100',
    'a packet cut short': '3005000161',
    'a packet and a bit': 'd000d0',
    'a remaining length of five bytes': '308080808001',
  };
  for (const [what, hex] of Object.entries(wrong)) {
    assert.throws(() => decodePacket(fromHex(hex)), DecodeError, what);
  }
});

test('packets that only clients send, and those of QoS 2, are named in the error', () => {
  for (const [hex, type] of [
    ['100c00044d5154540402003c0000', 1],
    ['50020001', 5],
    ['70020001', 7],
    ['b0020001', 11],
    ['c000', 12],
    ['e000', 14],
    ['f000', 15],
    ['0000', 0],
  ] as const) {
    assert.throws(() => decodePacket(fromHex(hex)), { problem: 'protocol', message: new RegExp(`type ${type} `) });
  }
});

test('packetLength waits for the whole remaining length', () => {
  assert.equal(packetLength(fromHex('')), 0);
  assert.equal(packetLength(fromHex('30')), 0);
  assert.equal(packetLength(fromHex('3080')), 0);
  assert.equal(packetLength(fromHex('30ffffff')), 0);
  assert.equal(packetLength(fromHex('3000')), 2);
  assert.equal(packetLength(fromHex('30ffffff7f')), 5 + 268_435_455);
  assert.throws(() => packetLength(fromHex('30ffffffff')), DecodeError);
});

test('one changed byte never raises anything but a DecodeError or a MqttError', () => {
  let refused = 0;
  let accepted = 0;
  for (const { bytes } of [...fromServer, ...eitherWay.filter(({ bytes }) => bytes.length < 40)]) {
    for (let at = 0; at < bytes.length; at++) {
      for (let value = 0; value < 256; value++) {
        const changed = bytes.slice();
        changed[at] = value;
        try {
          decodePacket(changed);
          accepted++;
        } catch (error) {
          assert.ok(error instanceof DecodeError || error instanceof MqttError, String(error));
          refused++;
        }
      }
    }
  }
  assert.ok(refused > 1000 && accepted > 1000);
});
