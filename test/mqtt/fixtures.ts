/** One list of packets, as objects and as bytes, for our codec and mqtt-packet to agree on. */
import { fromHex } from '../../src/bytes/encoding.ts';
import type { ClientPacket, ServerPacket } from '../../src/mqtt/packets.ts';

export interface Fixture<P> {
  name: string;
  packet: P;
  bytes: Uint8Array;
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Hexadecimal with text in quotes between: `30 0007 "a/b"`. */
function bytes(notation: string): Uint8Array {
  const hex = notation.replace(/"([^"]*)"/g, (_, text: string) => Buffer.from(text, 'utf8').toString('hex'));
  return fromHex(hex.replace(/\s+/g, ''));
}

const longPayload = utf8('x'.repeat(300));

export const fromClient: Fixture<ClientPacket>[] = [
  {
    name: 'CONNECT, the least',
    packet: { cmd: 'connect', clientId: 'kitchen-1', clean: true, keepalive: 60 },
    bytes: bytes('10 15 0004 "MQTT" 04 02 003c 0009 "kitchen-1"'),
  },
  {
    name: 'CONNECT with will, user name and password',
    packet: {
      cmd: 'connect',
      clientId: 'küche',
      clean: true,
      keepalive: 1200,
      will: { topic: 'kitchen/1/state', payload: utf8('offline'), qos: 1, retain: true },
      username: 'cook',
      password: Buffer.from([0, 0xff, 0x80]),
    },
    bytes: bytes(
      '10 37 0004 "MQTT" 04 ee 04b0 0006 "küche" 000f "kitchen/1/state" 0007 "offline" 0004 "cook" 0003 00ff80',
    ),
  },
  {
    name: 'CONNECT with a will of QoS 0, user name only',
    packet: {
      cmd: 'connect',
      clientId: 'a',
      clean: false,
      keepalive: 0,
      will: { topic: 't', payload: utf8('w'), qos: 0, retain: false },
      username: 'u',
    },
    bytes: bytes('10 16 0004 "MQTT" 04 84 0000 0001 "a" 0001 "t" 0001 "w" 0001 "u"'),
  },
  {
    name: 'SUBSCRIBE',
    packet: { cmd: 'subscribe', messageId: 10, subscriptions: [{ topic: 'kitchen/+/command', qos: 1 }] },
    bytes: bytes('82 16 000a 0011 "kitchen/+/command" 01'),
  },
  { name: 'PINGREQ', packet: { cmd: 'pingreq' }, bytes: bytes('c000') },
  { name: 'DISCONNECT', packet: { cmd: 'disconnect' }, bytes: bytes('e000') },
];

export const fromServer: Fixture<ServerPacket>[] = [
  { name: 'CONNACK', packet: { cmd: 'connack', sessionPresent: false, returnCode: 0 }, bytes: bytes('20 02 00 00') },
  {
    name: 'CONNACK with a session',
    packet: { cmd: 'connack', sessionPresent: true, returnCode: 0 },
    bytes: bytes('20 02 01 00'),
  },
  {
    name: 'CONNACK, not authorized',
    packet: { cmd: 'connack', sessionPresent: false, returnCode: 5 },
    bytes: bytes('20 02 00 05'),
  },
  { name: 'SUBACK', packet: { cmd: 'suback', messageId: 10, granted: [1] }, bytes: bytes('90 03 000a 01') },
  {
    name: 'SUBACK, refused',
    packet: { cmd: 'suback', messageId: 65535, granted: [128] },
    bytes: bytes('90 03 ffff 80'),
  },
  { name: 'PINGRESP', packet: { cmd: 'pingresp' }, bytes: bytes('d000') },
];

type EitherWay = Fixture<Extract<ServerPacket, { cmd: 'publish' | 'puback' }>>;

export const eitherWay: EitherWay[] = [
  {
    name: 'PUBLISH, QoS 0, retained, empty',
    packet: { cmd: 'publish', topic: 'a', qos: 0, dup: false, retain: true, payload: utf8('') },
    bytes: bytes('31 03 0001 "a"'),
  },
  {
    name: 'PUBLISH, QoS 1',
    packet: { cmd: 'publish', topic: 'a/b', qos: 1, dup: false, retain: false, messageId: 10, payload: utf8('21.5') },
    bytes: bytes('32 0b 0003 "a/b" 000a "21.5"'),
  },
  {
    name: 'PUBLISH, QoS 1, again, of 4-byte characters',
    packet: { cmd: 'publish', topic: 'a/😀', qos: 1, dup: true, retain: true, messageId: 65535, payload: utf8('€😀') },
    bytes: bytes('3b 11 0006 "a/😀" ffff "€😀"'),
  },
  {
    name: 'PUBLISH with a remaining length of two bytes',
    packet: { cmd: 'publish', topic: 'a/b', qos: 0, dup: false, retain: false, payload: longPayload },
    bytes: bytes(`30 b102 0003 "a/b" "${'x'.repeat(300)}"`),
  },
  { name: 'PUBACK', packet: { cmd: 'puback', messageId: 258 }, bytes: bytes('40 02 0102') },
];
