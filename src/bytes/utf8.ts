/**
 * UTF-8 (RFC 3629) by the URI functions (ECMA-262, 19.2.6), the one codec that every engine has: written in C, strict,
 * and a few bytes of program. Kaluma's TextDecoder lets malformed text pass and no TextEncoder exists in src/.
 */
import { fromBinaryString, toBinaryString } from './encoding.ts';
import { DecodeError } from './errors.ts';

/** @throws DecodeError for a surrogate that stands alone, which UTF-8 cannot carry. */
export function encodeUtf8(text: string): Uint8Array {
  try {
    return fromBinaryString(unescape(encodeURIComponent(text)));
  } catch {
    throw new DecodeError('text has half a surrogate pair');
  }
}

/** @throws DecodeError for anything that is not well-formed UTF-8: overlong forms, surrogates, cut sequences. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decodeURIComponent(escape(toBinaryString(bytes)));
  } catch {
    throw new DecodeError('expected UTF-8');
  }
}
