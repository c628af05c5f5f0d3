/**
 * Shows `npm run explain` every MQTT packet, in either direction, with the names of its fields. The device program has none of
 * this, because it is called only behind `TRACE:` labels (src/bytes/annotation.ts).
 */
import type { Annotation } from '../bytes/annotation.ts';

/** @param annotations cover the part of the packet `bytes` that was understood */
export type MqttTrace = (direction: 'in' | 'out', bytes: Uint8Array, annotations: Annotation[]) => void;

/** Reports a packet that is sent. @param encode writes it and adds its annotations */
export function traceSent(trace: MqttTrace | undefined, encode: (annotations: Annotation[]) => Uint8Array): void {
  const annotations: Annotation[] = [];
  trace?.('out', encode(annotations), annotations);
}

/** Reports a packet that was received. @param decode reads it and adds its annotations; it may throw half-way */
export function traceReceived(
  trace: MqttTrace | undefined,
  bytes: Uint8Array,
  decode: (bytes: Uint8Array, annotations: Annotation[]) => unknown,
): void {
  const annotations: Annotation[] = [];
  try {
    decode(bytes, annotations);
  } catch {
    // The client decodes the packet once more and reports the error; the annotations made before it are kept.
  }
  trace?.('in', bytes.slice(), annotations);
}
