/** The client's MQTT packets as a broker reads them, with the names of their fields (MQTT 3.1.1, chapter 3). */
import type { Annotation } from '../../src/bytes/annotation.ts';
import { Reader } from '../../src/bytes/reader.ts';

/** Names the fields of a packet of the client's as far as they can be read. */
export function annotateClientPacket(packet: Uint8Array): Annotation[] {
  const annotations: Annotation[] = [];
  const reader = new Reader(packet, 'packet');
  reader.annotations = annotations;
  try {
    const first = reader.u8();
    reader.note('Control Packet type');
    while (reader.u8() > 127);
    reader.note('Remaining Length');
    readBody(reader, first);
  } catch {
    // Only the fields read before the error can be shown.
  }
  return annotations;
}

function readBody(reader: Reader, first: number): void {
  const type = first >> 4;
  if (type === 1) {
    readConnect(reader);
  } else if (type === 3) {
    readString(reader, 'Topic Name');
    if ((first & 6) !== 0) readMessageId(reader);
    reader.rest();
    reader.note('Payload');
  } else if (type === 4) {
    readMessageId(reader);
  } else if (type === 8) {
    readMessageId(reader);
    while (reader.remaining > 0) {
      readString(reader, 'Topic Filter');
      reader.u8();
      reader.note('Requested QoS');
    }
  }
}

/** Section 3.1. */
function readConnect(reader: Reader): void {
  readString(reader, 'Protocol Name');
  reader.u8();
  reader.note('Protocol Level');
  const flags = reader.u8();
  reader.note('Connect Flags');
  reader.u16();
  reader.note('Keep Alive');
  readString(reader, 'Client Identifier');
  if (flags & 4) {
    readString(reader, 'Will Topic');
    readString(reader, 'Will Message');
  }
  if (flags & 128) readString(reader, 'User Name');
  if (flags & 64) readString(reader, 'Password');
}

function readString(reader: Reader, name: string): void {
  const text = reader.vector16(name);
  text.rest();
  text.note(name);
}

function readMessageId(reader: Reader): void {
  reader.u16();
  reader.note('Packet Identifier');
}
