/**
 * A certificate (RFC 5280, section 4.1), version 3, in strict DER. The parser skips what a chain's verification does not
 * need, and keeps names as bytes, because it compares them as bytes.
 */
import type { Annotation } from '../bytes/annotation.ts';
import { equalBytes, toBinaryString, toHex } from '../bytes/encoding.ts';
import { DerReader, note } from './der.ts';
import { refuse } from './errors.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { type PublicKey, readPublicKey } from './publicKey.ts';

/** Everything here shares memory with the bytes that were parsed. */
export interface Certificate extends Extensions {
  /** Names the certificate in error messages, which begin with it: `leaf`, `issuer 1`. */
  what: string;
  /** DER of tbsCertificate, which the issuer signed. */
  tbs: Uint8Array;
  /** Contents of the AlgorithmIdentifier, the same in and around tbsCertificate; see `signatureAlgorithm()`. */
  algorithm: Uint8Array;
  signature: Uint8Array;
  /** DER of a Name that is not empty. */
  issuer: Uint8Array;
  /** DER of a Name. */
  subject: Uint8Array;
  /** ms since 1970. */
  notBefore: number;
  /** ms since 1970; the second that begins then is the last one. */
  notAfter: number;
  publicKey: PublicKey;
}

/** Tag of a certificate's version. DER omits the version where it is 1. */
export const EXPLICIT_0 = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * @param what names the certificate in error messages: `leaf`, `issuer 1`
 * @param annotations on the PC, takes in an annotation for each field
 * @throws CertificateError 'malformed', 'unsupported' or 'weak'
 */
export function parseCertificate(
  der: Uint8Array,
  what = 'certificate',
  annotations: Annotation[] | null = null,
): Certificate {
  const reader = new DerReader(der, what);
  TRACE: if (annotations !== null) reader.trace = { annotations, start: 0, level: 0, depth: 0 };
  reader.enter();
  TRACE: note(reader, 'Certificate');
  const tbsStart = reader.at;
  reader.enter();
  TRACE: note(reader, 'tbsCertificate');
  // Versions 1 and 2 have no extensions, and so no name of a host.
  if (reader.peek() !== EXPLICIT_0)
    refuse('unsupported', what, 'version 1, without subjectAltName; expected version 3');
  const version = reader.contents(EXPLICIT_0);
  TRACE: note(reader, 'version');
  // Error messages show 8 bytes at most: to write out 16 KB would take the board minutes.
  const hex = toHex(version.subarray(0, 8));
  if (hex !== '020102') refuse('unsupported', what, `expected version 020102, got ${hex}`);
  const serialNumber = reader.unsigned();
  TRACE: note(reader, 'serialNumber');
  // Section 4.1.2.2 wants positive serial numbers, and asks certificate users to accept others: Starfield's root has 0.
  if (serialNumber.length > 20) reader.fail('serialNumber of 20 octets');
  const algorithm = reader.contents();
  TRACE: note(reader, 'signature');
  const issuer = reader.element();
  TRACE: note(reader, 'issuer');
  if (issuer.length === 2) reader.fail('issuer');
  reader.enter();
  TRACE: note(reader, 'validity');
  const notBefore = readTime(reader);
  TRACE: note(reader, 'notBefore');
  const notAfter = readTime(reader);
  TRACE: note(reader, 'notAfter');
  reader.leave();
  const subject = reader.element();
  TRACE: note(reader, 'subject');
  const publicKey = readPublicKey(reader);
  const extensions = readExtensions(reader);
  const tbs = der.subarray(tbsStart, reader.at);
  reader.leave();
  const outer = reader.contents();
  TRACE: note(reader, 'signatureAlgorithm');
  // Section 4.1.1.2: the algorithm outside must be the one that is signed.
  if (!equalBytes(algorithm, outer)) reader.fail('the same algorithm twice');
  const signature = reader.bits();
  TRACE: note(reader, 'signatureValue');
  reader.leave();
  reader.end();
  return { what, tbs, algorithm, signature, issuer, subject, notBefore, notAfter, publicKey, ...extensions };
}

/**
 * The subject of a certificate that was not parsed yet; null if the bytes cannot be a certificate. It tells which
 * certificate of a chain to parse next, at a tenth of the cost of parsing.
 */
export function peekSubject(der: Uint8Array): Uint8Array | null {
  const reader = new DerReader(der, '');
  try {
    reader.enter();
    reader.enter();
    // version, serialNumber, signature, issuer, validity
    for (let i = 0; i < 5; i++) reader.contents(reader.peek());
    return reader.element();
  } catch {
    return null;
  }
}

/**
 * A Time (section 4.1.2.5): YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ, seconds and Z included. The section has the first form to the
 * year 2049 and the second from 2050 on; certificates that use the second throughout exist, and say the same.
 * @returns ms since 1970
 */
function readTime(reader: DerReader): number {
  const utc = reader.peek() === UTC_TIME;
  let digits = toBinaryString(reader.contents(utc ? UTC_TIME : GENERALIZED_TIME));
  if (utc) digits = (digits < '50' ? '20' : '19') + digits;
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const time = Date.parse(iso);
  // Engines read 31 April, 24:00 or a blank as a time near it; writing the time out again shows the difference.
  if (digits.length !== 15 || isNaN(time) || new Date(time).toISOString() !== iso) {
    reader.fail('a time in UTC, to the second');
  }
  return time;
}
