/**
 * What `npm run explain` sees of MQTT: every packet in either direction with each of its fields named. Nothing here is
 * in the device program: it is used behind `TRACE:` labels only, see src/bytes/annotation.ts.
 */
import type { Annotation } from '../bytes/annotation.ts';

/** @param annotations cover `bytes`, one packet, as far as they were understood */
export type MqttTrace = (direction: 'in' | 'out', bytes: Uint8Array, annotations: Annotation[]) => void;

/** MQTT 3.1.1, section 2.2.1. */
const NAMES = [
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

/** Type and flags of a packet in words. @param first byte of it */
export function packetName(first: number): string {
  const name = NAMES[first >> 4];
  if (name !== 'PUBLISH') return name;
  // Section 3.3.1.
  return `PUBLISH with QoS ${(first >> 1) & 3}${first & 8 ? ', sent again' : ''}${first & 1 ? ', to be retained' : ''}`;
}

/** MQTT 3.1.1, section 3.1.2.3. */
export function connectFlagsText(flags: number): string {
  const parts = [flags & 2 ? 'clean session' : 'session kept'];
  if (flags & 4) parts.push(`will with QoS ${(flags >> 3) & 3}${flags & 32 ? ', to be retained' : ''}`);
  if (flags & 128) parts.push('user name');
  if (flags & 64) parts.push('password');
  return parts.join(', ');
}

/** Reports a packet that is sent. @param encode writes it with these annotations */
export function traceSent(trace: MqttTrace | undefined, encode: (annotations: Annotation[]) => Uint8Array): void {
  const annotations: Annotation[] = [];
  trace?.('out', encode(annotations), annotations);
}

/** Reports a packet that was received. @param decode reads it with these annotations; it may throw amid them */
export function traceReceived(
  trace: MqttTrace | undefined,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, annotations: Annotation[]) => unknown,
): void {
  const annotations: Annotation[] = [];
  try {
    decode(bytes, annotations);
  } catch {
    // The client finds out as well, and says so; what was understood before is what there is to show.
  }
  trace?.('in', bytes.slice(), annotations);
}
