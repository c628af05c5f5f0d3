/** The fields of a record as it travelled (RFC 5246, section 6.2; with AES-GCM, RFC 5288, section 3). */
import { byteCount } from './described.ts';
import { type Field, leaf } from './fields.ts';
import { RECORD_HEADER } from '../../src/trace.ts';

const PLAINTEXT = 'RFC 5246, section 6.2.1';
const AES_GCM = 'RFC 5288, section 3';

/** Bytes of the explicit nonce and of the tag. */
const NONCE = 8;
const TAG = 16;

const CONTENT_TYPES: Record<number, string> = {
  20: 'change_cipher_spec',
  21: 'alert',
  22: 'handshake',
  23: 'application_data',
};

/** @returns type, version and length, and then one field or three */
export function recordFields(record: Uint8Array, isProtected: boolean): Field[] {
  const { length } = record;
  const isTls12 = record[2] === 3;
  const header = [
    leaf(0, 1, 'type', CONTENT_TYPES[record[0]] ?? 'unknown', PLAINTEXT),
    leaf(
      1,
      3,
      'version',
      isTls12 ? 'TLS 1.2 is 0303' : 'of no meaning before one is agreed',
      isTls12 ? PLAINTEXT : 'RFC 5246, appendix E.1',
    ),
    leaf(3, RECORD_HEADER, 'length', byteCount(length - RECORD_HEADER), PLAINTEXT),
  ];
  const start = RECORD_HEADER + NONCE;
  const end = length - TAG;
  if (!isProtected || end < start) {
    const meaning = isProtected ? 'too short to be authentic' : 'not encrypted';
    return length > RECORD_HEADER ? [...header, leaf(RECORD_HEADER, length, 'fragment', meaning, PLAINTEXT)] : header;
  }
  const content = leaf(start, end, 'encrypted content', `${end - start} bytes in AES-128-GCM`, AES_GCM);
  return [
    ...header,
    leaf(RECORD_HEADER, start, 'nonce_explicit', 'here the sequence number', AES_GCM),
    ...(end > start ? [content] : []),
    leaf(
      end,
      length,
      'authentication tag',
      'over sequence number, type, version, length and content',
      'RFC 5246, section 6.2.3.3',
    ),
  ];
}
