/** An annotation of `src/` with what its bytes say. */
import type { Annotation } from '../../src/bytes/annotation.ts';

export interface Meaning {
  /** The meaning of the value, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; may be empty. */
  meaning: string;
  /** The section that specifies the field; without it, that of the field around it counts. */
  reference?: string | undefined;
  /** Of an identifier: the name alone of what it identifies, for the element that it begins. */
  label?: string | undefined;
}

export type Described = Annotation & Meaning;

/** `1 byte`, `2 bytes`. */
export function byteCount(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

/** The number that big-endian bytes stand for, up to 6 of them. */
export function numberOf(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
