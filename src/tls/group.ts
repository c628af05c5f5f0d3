/** The groups for ephemeral ECDH (RFC 8422, section 5.1.1). */
import type { EcCurve } from '../crypto/curve.ts';

export interface Group {
  /** Its number on the wire, NamedCurve. */
  id: number;
  /** Its name in the RFC. */
  name: string;
  curve: EcCurve;
  /** Bytes of an uncompressed point. */
  pointLength: number;
}

/**
 * Offered and accepted, in order of preference. The list also binds the curve of the server's certificate (RFC 8422,
 * section 5.1.1): a server whose key is on P-384 answers only a client that offers secp384r1.
 */
const GROUPS: readonly Group[] = [
  { id: 23, name: 'secp256r1', curve: 'P-256', pointLength: 65 },
  { id: 24, name: 'secp384r1', curve: 'P-384', pointLength: 97 },
];

/** The groups offered, in order of preference. */
export function groups(): readonly Group[] {
  return GROUPS;
}

/** The group of that number; undefined if it is not one offered. */
export function groupOf(id: number): Group | undefined {
  return GROUPS.find((group) => group.id === id);
}
