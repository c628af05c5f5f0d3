/** Lays the messages over the records that carried them, so that each byte on the wire belongs to exactly one field. */
import { type Field, fieldsOf, group, leaf, NOT_READ, place } from './fields.ts';
import { describeMqtt, MQTT_STRING } from './mqttMeanings.ts';
import { SECRET_REFERENCE, secretFields } from './prose.ts';
import { recordFields } from './recordFields.ts';
import type { Annotated, Happening, Recording } from './recording.ts';
import { describeTls, TLS_VECTOR } from './tlsMeanings.ts';
import { CHANGE_CIPHER_SPEC, type Direction, HANDSHAKE, type TracedRecord } from '../../src/trace.ts';

/** Bytes, and fields that cover them. */
export interface Block {
  label: string;
  bytes: Uint8Array;
  fields: Field[];
}

export interface RecordEntry {
  kind: 'record';
  direction: Direction;
  /** Names of the messages in it, or of those that have a part in it. */
  messages: string[];
  isProtected: boolean;
  /** The record as it travelled. */
  wire: Block;
  /** Its content, decrypted; null if it was not encrypted. */
  content: Block | null;
}

export interface SecretEntry {
  kind: 'secret';
  name: string;
  reference: string;
  block: Block;
}

/** Bytes that came and belonged to no record that was read. */
export interface UnreadEntry {
  kind: 'unread';
  wire: Block;
}

export type Entry = RecordEntry | SecretEntry | UnreadEntry;

/** A message's fields somewhere in a stream of bytes. */
interface Placed {
  name: string;
  fields: Field[];
  start: number;
  end: number;
}

/** @param withSecrets whether they are wanted; otherwise they are wiped out of the bytes and of what fields say */
export function assemble(recording: Recording, { withSecrets }: { withSecrets: boolean }): Entry[] {
  const { handshake, mqtt } = recording;
  const streams = {
    handshake: { in: new Stream(handshake.in, tlsFields), out: new Stream(handshake.out, tlsFields) },
    mqtt: { in: new Stream(mqtt.in, mqttFields), out: new Stream(mqtt.out, mqttFields) },
  };
  const entries = recording.happenings.map((happening): Entry => {
    if (happening.kind === 'secret') return secretEntry(happening.name, happening.bytes);
    const { record, content } = happening;
    const stream = record.bytes[0] === HANDSHAKE ? streams.handshake : streams.mqtt;
    const parts =
      content === null || content.name === 'application_data' ? stream[record.direction].take(record.content) : [];
    return recordEntry(happening, parts);
  });
  const { unread } = recording;
  if (unread.length > 0) {
    const field = leaf(0, unread.length, NOT_READ, 'no record, or behind what was refused', 'RFC 5246, section 6.2.1');
    entries.push({ kind: 'unread', wire: { label: 'on the wire', bytes: unread, fields: [field] } });
  }
  const ordered = behindTheirMessages(entries);
  return withSecrets ? ordered : ordered.map(withhold);
}

/**
 * Secrets are reported while the client computes, before its flight is sent. They are shown behind the record that holds
 * the last message that they are made of.
 */
function behindTheirMessages(entries: readonly Entry[]): Entry[] {
  const ordered: Entry[] = [];
  let waiting: Entry[] = [];
  for (const entry of entries) {
    if (entry.kind === 'secret') {
      waiting.push(entry);
      continue;
    }
    // In an abbreviated handshake the server goes on, and nothing that the board sends belongs to them.
    const isFlight = entry.kind === 'record' && entry.direction === 'out';
    ordered.push(...(isFlight ? [entry, ...waiting] : [...waiting, entry]));
    waiting = [];
  }
  return [...ordered, ...waiting];
}

/** The blocks of an entry that hold what is not for everybody, wiped. */
function withhold(entry: Entry): Entry {
  if (entry.kind === 'secret') return { ...entry, block: wiped(entry.block) };
  if (entry.kind === 'unread') return entry;
  return { ...entry, content: entry.content === null ? null : wiped(entry.content) };
}

function wiped({ label, bytes, fields }: Block): Block {
  const copy = bytes.slice();
  const wipe = (field: Field): Field => {
    if (!field.secret) return { ...field, children: field.children.map(wipe) };
    copy.fill(0, field.start, field.end);
    return { ...field, meaning: label === 'secret' ? `${field.meaning}, withheld` : 'withheld', isWithheld: true };
  };
  return { label, fields: fields.map(wipe), bytes: copy };
}

function tlsFields({ name, bytes, annotations }: Annotated): Field[] {
  return fieldsOf(bytes, describeTls(name, bytes, annotations), TLS_VECTOR);
}

function mqttFields({ bytes, annotations }: Annotated): Field[] {
  return fieldsOf(bytes, describeMqtt(bytes, annotations), MQTT_STRING);
}

/** Bytes in whose records messages follow each other. */
class Stream {
  private readonly messages: Placed[] = [];
  private at = 0;

  constructor(messages: readonly Annotated[], fieldsIn: (message: Annotated) => Field[]) {
    let at = 0;
    for (const message of messages) {
      const end = at + message.bytes.length;
      this.messages.push({ name: message.name, fields: fieldsIn(message), start: at, end });
      at = end;
    }
  }

  /** The messages in the next record's content, cut to it and counted from its beginning. */
  take({ length }: Uint8Array): Placed[] {
    const from = this.at;
    this.at += length;
    return this.messages
      .filter(({ start, end }) => start < this.at && end > from)
      .map(({ name, fields, start, end }) => ({
        name: start < from || end > this.at ? `${name} (part)` : name,
        fields: place(fields, start - from, 0, length),
        start: Math.max(start - from, 0),
        end: Math.min(end - from, length),
      }));
  }
}

function recordEntry(happening: Happening & { kind: 'record' }, parts: Placed[]): RecordEntry {
  const { record, content } = happening;
  const { direction, bytes, protected: isProtected } = record;
  const known = parts.length > 0 ? parts : content === null ? [] : [whole(content)];
  const inside = cover(known, record.content.length);
  const frame = recordFields(bytes, isProtected);
  const header = group('record header', '', frame.slice(0, 3));
  const wire = isProtected ? frame.slice(3) : place(inside, 5, 5, bytes.length);
  return {
    kind: 'record',
    direction,
    messages: known.length > 0 ? known.map(({ name }) => name) : [unreadName(record)],
    isProtected,
    wire: { label: isProtected ? 'on the wire, encrypted' : 'on the wire', bytes, fields: [header, ...wire] },
    content: isProtected ? { label: 'decrypted', bytes: record.content, fields: inside } : null,
  };
}

function whole(content: Annotated): Placed {
  return { name: content.name, fields: tlsFields(content), start: 0, end: content.bytes.length };
}

/** A group for each message, and what lies between and behind them, which was refused. */
function cover(parts: readonly Placed[], length: number): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const skip = (to: number): void => {
    if (to > at)
      fields.push(leaf(at, to, NOT_READ, 'refused, or the rest of it never came', 'RFC 5246, section 6.2.1'));
  };
  for (const { name, fields: own, start, end } of parts) {
    if (own.length === 0) continue;
    skip(start);
    fields.push(group(name, '', own));
    at = end;
  }
  skip(length);
  return fields;
}

function unreadName({ bytes }: TracedRecord): string {
  return bytes[0] === HANDSHAKE
    ? 'handshake'
    : bytes[0] === CHANGE_CIPHER_SPEC
      ? 'ChangeCipherSpec'
      : 'application_data';
}

function secretEntry(name: string, bytes: Uint8Array): SecretEntry {
  const reference = SECRET_REFERENCE[name];
  const fields = secretFields(name, bytes.length);
  for (const field of fields) field.secret = true;
  return { kind: 'secret', name, reference, block: { label: 'secret', bytes, fields } };
}
