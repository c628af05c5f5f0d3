/**
 * For programs that show what happens: the traces that the clients give on a PC, and the parsers and names that it takes
 * to read them. Nothing of this is in the device program.
 */
export type { Annotation } from './bytes/annotation.ts';
export type { Direction, SecretName, Trace, TracedMessage, TracedRecord } from './tls/trace.ts';
export type { MqttTrace } from './mqtt/trace.ts';
export { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, RECORD_HEADER } from './tls/record.ts';
export { parseCertificateList } from './tls/certificate.ts';
