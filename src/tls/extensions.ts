/** Extensions of the two hellos (RFC 5246, section 7.4.1.4): their numbers, and how one is written. */
import type { Writer } from '../bytes/writer.ts';

export const SERVER_NAME = 0;
export const SUPPORTED_GROUPS = 10;
export const EC_POINT_FORMATS = 11;
export const SIGNATURE_ALGORITHMS = 13;
export const ALPN = 16;
export const EXTENDED_MASTER_SECRET = 23;
export const RENEGOTIATION_INFO = 0xff01;

/** Writes extension_type and extension_data. */
export function writeExtension(writer: Writer, type: number, body: () => void): void {
  writer.u16(type);
  TRACE: writer.note('extension_type');
  writer.vector16('extension_data', body);
}
