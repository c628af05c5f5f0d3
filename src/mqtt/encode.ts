/** Encodes the packets of a client: MQTT 3.1.1, chapters 2 and 3. */
import type { Annotation } from '../bytes/annotation.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';
import { Writer } from '../bytes/writer.ts';
import { MqttError } from './errors.ts';
import type { ClientPacket, ConnectPacket, Data, PublishPacket } from './packets.ts';
import { isTopicFilter, isTopicName } from './topic.ts';

/**
 * @param annotations receives a note for every field.
 * @throws MqttError ('usage') for a packet that MQTT forbids, DecodeError for text that UTF-8 cannot represent,
 * RangeError for a string longer than 65,535 bytes.
 */
export function encodePacket(packet: ClientPacket, annotations: Annotation[] | null = null): Uint8Array {
  const body = new Writer(160);
  TRACE: body.annotations = [];
  const first = writeBody(packet, body);
  const content = body.finish();

  const whole = new Writer(content.length + 5);
  TRACE: whole.annotations = annotations;
  whole.u8(first);
  TRACE: whole.note('Control Packet type');
  // Remaining Length, section 2.2.3: seven bits a byte, lowest first; bit 7 is set in all bytes but the last.
  let rest = content.length;
  while (rest > 127) {
    whole.u8(128 | (rest & 127));
    rest >>= 7;
  }
  whole.u8(rest);
  TRACE: whole.note('Remaining Length');
  whole.bytes(content);
  const bytes = whole.finish();
  TRACE: if (annotations !== null && body.annotations !== null) {
    const shift = bytes.length - content.length;
    for (const note of body.annotations) {
      annotations.push({ ...note, start: note.start + shift, end: note.end + shift });
    }
  }
  return bytes;
}

/** Writes variable header and payload; returns the fixed header's first byte. */
function writeBody(packet: ClientPacket, body: Writer): number {
  switch (packet.cmd) {
    case 'connect':
      return writeConnect(packet, body);
    case 'publish':
      return writePublish(packet, body);
    case 'puback':
      writeMessageId(packet.messageId, body);
      return 0x40;
    case 'subscribe': {
      // Section 3.8.
      const [{ topic, qos }] = packet.subscriptions;
      writeMessageId(packet.messageId, body);
      if (!isTopicFilter(topic)) throw new MqttError('usage', `expected a topic filter, got '${topic.slice(0, 30)}'`);
      writeData(topic, body);
      TRACE: body.note('Topic Filter');
      body.u8(qos);
      TRACE: body.note('Requested QoS');
      return 0x82;
    }
    case 'pingreq':
      return 0xc0;
    case 'disconnect':
      return 0xe0;
  }
}

/** Section 3.1. */
function writeConnect({ clean, keepalive, clientId, will, username, password }: ConnectPacket, body: Writer): number {
  // [MQTT-3.1.2-22]
  if (password !== undefined && username === undefined) throw new MqttError('usage', 'password without user name');
  writeData('MQTT', body);
  TRACE: body.note('Protocol Name');
  body.u8(4);
  TRACE: body.note('Protocol Level');
  let flags = clean ? 2 : 0;
  if (will !== undefined) flags |= 4 | ((will.qos ?? 0) << 3) | (will.retain ? 32 : 0);
  if (username !== undefined) flags |= 128;
  if (password !== undefined) flags |= 64;
  body.u8(flags);
  TRACE: body.note('Connect Flags');
  body.u16(keepalive);
  TRACE: body.note('Keep Alive');
  writeData(clientId, body);
  TRACE: body.note('Client Identifier');
  if (will !== undefined) {
    writeTopic(will.topic, body);
    TRACE: body.note('Will Topic');
    writeData(will.payload, body);
    TRACE: body.note('Will Message');
  }
  if (username !== undefined) writeData(username, body);
  TRACE: if (username !== undefined) body.note('User Name');
  if (password !== undefined) writeData(password, body);
  TRACE: if (password !== undefined) body.note('Password');
  return 0x10;
}

/** Section 3.3. */
function writePublish({ topic, payload, qos, dup, retain, messageId }: PublishPacket, body: Writer): number {
  // [MQTT-3.3.1-2]
  if (dup && qos === 0) throw new MqttError('usage', 'PUBLISH again with QoS 0');
  writeTopic(topic, body);
  TRACE: body.note('Topic Name');
  if (qos > 0) writeMessageId(messageId ?? 0, body);
  body.bytes(encode(payload));
  TRACE: body.note('Payload');
  return 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
}

/** Section 2.3.1. */
function writeMessageId(messageId: number, body: Writer): void {
  if (!(messageId > 0 && messageId < 65536)) throw new MqttError('usage', `message id ${messageId}`);
  body.u16(messageId);
  TRACE: body.note('Packet Identifier');
}

function writeTopic(topic: string, body: Writer): void {
  if (!isTopicName(topic)) throw new MqttError('usage', `cannot publish to '${topic.slice(0, 30)}'`);
  writeData(topic, body);
}

/** Writes a string (section 1.5.3) or binary data (section 3.1.3.3) after its length. */
function writeData(data: Data, body: Writer): void {
  // [MQTT-1.5.3-2]
  if (typeof data === 'string' && data.includes('\0')) throw new MqttError('usage', 'expected no NUL in a string');
  body.vector16('string', () => body.bytes(encode(data)));
}

function encode(data: Data): Uint8Array {
  return typeof data === 'string' ? encodeUtf8(data) : data;
}
