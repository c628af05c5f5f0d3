/** The record layer's numbers and its header (RFC 5246, section 6.2.1). */

export const CHANGE_CIPHER_SPEC = 20;
export const ALERT = 21;
export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;

/** Bytes of type, version and length in front of each fragment. */
export const RECORD_HEADER = 5;

/** Most bytes that a record carries, protection not counted (RFC 5246, section 6.2.1). */
export const MAX_PLAINTEXT = 16384;

/** type, protocol version 3.3 or 3.`minor`, length. */
export function recordHeader(type: number, length: number, minor = 3): Uint8Array {
  return new Uint8Array([type, 3, minor, length >> 8, length]);
}
