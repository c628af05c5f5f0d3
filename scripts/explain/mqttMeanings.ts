/** Gives the meanings of the fields of MQTT packets (MQTT 3.1.1), by their names and bytes. */
import type { Annotation } from '../../src/bytes/annotation.ts';
import { decodeUtf8 } from '../../src/bytes/utf8.ts';
import { byteCount, type Described, numberOf } from './described.ts';

/** The section that specifies lengths of strings. */
export const MQTT_STRING = 'MQTT 3.1.1, section 1.5.3';

/** Section 2.2.1. */
const PACKETS = [
  '0',
  'CONNECT',
  'CONNACK',
  'PUBLISH',
  'PUBACK',
  'PUBREC',
  'PUBREL',
  'PUBCOMP',
  'SUBSCRIBE',
  'SUBACK',
  'UNSUBSCRIBE',
  'UNSUBACK',
  'PINGREQ',
  'PINGRESP',
  'DISCONNECT',
  '15',
];

/** A packet's name in the specification. @param first byte of it */
export function packetName(first: number): string {
  return PACKETS[first >> 4];
}

/** The fields of a packet, which `src/` named. */
export function describeMqtt(bytes: Uint8Array, annotations: readonly Annotation[]): Described[] {
  return annotations.map((annotation) => {
    const own = bytes.subarray(annotation.start, annotation.end);
    const { name, isLength } = annotation;
    if (isLength) return { ...annotation, meaning: byteCount(numberOf(own)), reference: MQTT_STRING };
    const known = FIELDS[name] as (typeof FIELDS)[string] | undefined;
    if (known === undefined) return { ...annotation, meaning: '' };
    const [section, meaning] = known;
    const reference = `MQTT 3.1.1, section ${section}`;
    return { ...annotation, meaning: typeof meaning === 'string' ? meaning : meaning(own), reference };
  });
}

const text = (own: Uint8Array): string => {
  try {
    return decodeUtf8(own);
  } catch {
    return 'not UTF-8';
  }
};
const number = (own: Uint8Array): string => String(numberOf(own));

/** Fields by name: the section that specifies each, and its meaning. */
const FIELDS: Record<string, [section: string, meaning: string | ((own: Uint8Array) => string)]> = {
  'Control Packet type': ['2.2.1', ([first]) => packetType(first)],
  'Remaining Length': ['2.2.3', (own) => byteCount(remainingLength(own))],
  'Protocol Name': ['3.1.2.1', 'MQTT'],
  'Protocol Level': ['3.1.2.2', '4 is version 3.1.1'],
  'Connect Flags': ['3.1.2.3', ([flags]) => connectFlags(flags)],
  'Keep Alive': ['3.1.2.10', (own) => `${numberOf(own)} s`],
  'Client Identifier': ['3.1.3.1', text],
  'Will Topic': ['3.1.3.2', text],
  'Will Message': ['3.1.3.3', 'published if the connection breaks'],
  'User Name': ['3.1.3.4', text],
  Password: ['3.1.3.5', 'proof of the user name'],
  'Connect Acknowledge Flags': ['3.2.2.1', ([flags]) => (flags === 0 ? 'no session present' : 'session present')],
  'Connect Return code': ['3.2.2.3', ([code]) => (code === 0 ? 'connection accepted' : `${code}, refused`)],
  'Topic Name': ['3.3.2.1', text],
  'Topic Filter': ['4.7', text],
  'Requested QoS': ['3.8.3', number],
  'Return Code': ['3.9.3', number],
  'Packet Identifier': ['2.3.1', number],
  Payload: ['3.3.3', 'Application Message'],
};

/** Type and flags. */
function packetType(first: number): string {
  const name = packetName(first);
  if (name !== 'PUBLISH') return name;
  // Section 3.3.1.
  return `PUBLISH with QoS ${(first >> 1) & 3}${first & 8 ? ', sent again' : ''}${first & 1 ? ', to be retained' : ''}`;
}

/** Section 2.2.3: seven bits a byte, the lowest first. */
function remainingLength(own: Uint8Array): number {
  return own.reduce((length, byte, i) => length | ((byte & 127) << (7 * i)), 0);
}

function connectFlags(flags: number): string {
  const parts = [flags & 2 ? 'clean session' : 'session kept'];
  if (flags & 4) parts.push(`will with QoS ${(flags >> 3) & 3}${flags & 32 ? ', to be retained' : ''}`);
  if (flags & 128) parts.push('user name');
  if (flags & 64) parts.push('password');
  return parts.join(', ');
}
