/**
 * For programs that show a connection: the traces that the clients give on a PC, with the parsers and names that a reader of them
 * needs. The device program contains none of this.
 */
export type { Annotation } from './bytes/annotation.ts';
export type { Direction, SecretName, Trace, TracedMessage, TracedRecord } from './tls/trace.ts';
export type { MqttTrace } from './mqtt/trace.ts';
export { ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, RECORD_HEADER } from './tls/record.ts';
export { MESSAGE_HEADER } from './tls/handshake.ts';
