/** Decodes the packets of a server, strictly: MQTT 3.1.1, chapters 2 and 3. */
import type { Annotation } from '../bytes/annotation.ts';
import { DecodeError } from '../bytes/errors.ts';
import { Reader } from '../bytes/reader.ts';
import { decodeUtf8 } from '../bytes/utf8.ts';
import { MqttError } from './errors.ts';
import type { ReceivedPublishPacket, ServerPacket } from './packets.ts';
import { isTopicName } from './topic.ts';

/**
 * The length of the packet at the front of `bytes`, which may be more than `bytes` has; 0 if there are too few bytes to
 * tell (section 2.2.3).
 * @throws DecodeError if the Remaining Length has more than four bytes.
 */
export function packetLength(bytes: Uint8Array): number {
  let length = 0;
  for (let at = 1; at < 5; at++) {
    if (at >= bytes.length) return 0;
    const byte = bytes[at];
    length |= (byte & 127) << (7 * at - 7);
    if (byte < 128) return at + 1 + length;
  }
  throw new DecodeError('Remaining Length: over 4 bytes');
}

/**
 * @param bytes exactly one packet.
 * @param annotations receives a note for every field.
 * @throws DecodeError for bytes that are not MQTT 3.1.1, MqttError ('protocol') for a packet that a server never sends
 * to this client.
 */
export function decodePacket(bytes: Uint8Array, annotations: Annotation[] | null = null): ServerPacket {
  if (packetLength(bytes) !== bytes.length) throw new DecodeError('expected one packet');
  const reader = new Reader(bytes, 'packet');
  TRACE: reader.annotations = annotations;
  const first = reader.u8();
  TRACE: reader.note('Control Packet type');
  while (reader.u8() > 127);
  TRACE: reader.note('Remaining Length');
  const packet = readBody(first, reader);
  reader.end();
  return packet;
}

function readBody(first: number, reader: Reader): ServerPacket {
  const type = first >> 4;
  const flags = first & 15;
  if (type === 3) return readPublish(flags, reader);
  // [MQTT-2.2.2-2]
  if (flags !== 0) throw new DecodeError(`packet type ${type} with flags ${flags}`);
  switch (type) {
    case 2: {
      // Section 3.2.
      const session = reader.u8();
      TRACE: reader.note('Connect Acknowledge Flags');
      const returnCode = reader.u8();
      TRACE: reader.note('Connect Return code');
      // A refused client has no session [MQTT-3.2.2-4].
      if (session > (returnCode === 0 ? 1 : 0)) throw new DecodeError(`CONNACK flags ${session}`);
      return { cmd: 'connack', sessionPresent: session === 1, returnCode };
    }
    case 4:
      return { cmd: 'puback', messageId: readMessageId(reader) };
    case 9: {
      // Section 3.9. There is one code, since this client subscribes to one topic at a time [MQTT-3.9.3-1].
      const messageId = readMessageId(reader);
      const code = reader.u8();
      TRACE: reader.note('Return Code');
      // [MQTT-3.9.3-2]
      if (code > 2 && code !== 128) throw new DecodeError(`SUBACK code ${code}`);
      return { cmd: 'suback', messageId, granted: [code] };
    }
    case 13:
      return { cmd: 'pingresp' };
    default:
      throw new MqttError('protocol', `packet type ${type} is not for a client`);
  }
}

/** Section 3.3. */
function readPublish(flags: number, reader: Reader): ReceivedPublishPacket {
  const qos = ((flags >> 1) & 3) as 0 | 1 | 2 | 3;
  const dup = flags > 7;
  // [MQTT-3.3.1-4], [MQTT-3.3.1-2]
  if (qos === 3 || (dup && qos === 0)) throw new DecodeError(`PUBLISH flags ${flags}`);
  const name = reader.vector16('Topic Name');
  const topic = decodeUtf8(name.rest());
  TRACE: name.note('Topic Name');
  if (!isTopicName(topic)) throw new DecodeError(`PUBLISH topic '${topic.slice(0, 30).replace(/[^ -~]/g, '?')}'`);
  const packet: ReceivedPublishPacket = {
    cmd: 'publish',
    topic,
    qos,
    dup,
    retain: (flags & 1) === 1,
    payload: name.rest(),
  };
  if (qos > 0) packet.messageId = readMessageId(reader);
  packet.payload = reader.rest();
  TRACE: reader.note('Payload');
  return packet;
}

/** Section 2.3.1. */
function readMessageId(reader: Reader): number {
  const messageId = reader.u16();
  TRACE: reader.note('Packet Identifier');
  if (messageId === 0) throw new DecodeError('Packet Identifier 0');
  return messageId;
}
