/**
 * A certificate (RFC 5280, section 4.1), version 3, in strict DER. What is not needed to verify a chain is stepped
 * over: names are kept as bytes, to be compared as such.
 */
import type { Annotation } from '../bytes/annotation.ts';
import { equalBytes, toBinaryString, toHex } from '../bytes/encoding.ts';
import { DerReader, INTEGER, SEQUENCE } from './der.ts';
import { algorithmName, nameText } from './describe.ts';
import { CertificateError } from './errors.ts';
import { type Extensions, readExtensions } from './extensions.ts';
import { type PublicKey, readPublicKey } from './publicKey.ts';

/** Everything here shares memory with the bytes that were parsed. */
export interface Certificate extends Extensions {
  /** DER of tbsCertificate: what is signed. */
  tbs: Uint8Array;
  /** Contents of the AlgorithmIdentifier, the same in and around tbsCertificate; see `signatureAlgorithm()`. */
  algorithm: Uint8Array;
  signature: Uint8Array;
  /** 1 to 20 octets; not negative. */
  serialNumber: Uint8Array;
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

const EXPLICIT_0 = 0xa0;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * @param what which certificate this is, the beginning of every message
 * @param annotations on the PC, takes in an annotation for each field
 * @throws CertificateError 'malformed', 'unsupported' or 'weak'
 */
export function parseCertificate(
  der: Uint8Array,
  what = 'certificate',
  annotations: Annotation[] | null = null,
): Certificate {
  const reader = new DerReader(der, what);
  TRACE: reader.annotations = annotations;
  const file = reader.enter(SEQUENCE, 'Certificate');
  const tbsStart = reader.position;
  const whole = reader.enter(SEQUENCE, 'tbsCertificate');
  const explicit = reader.enter(EXPLICIT_0, 'version');
  const version = reader.unsigned('version');
  TRACE: reader.note(`v${version[0] + 1}`);
  if (version.length !== 1 || version[0] !== 2) {
    throw new CertificateError('unsupported', `${what}: expected version 2 (v3), got ${version[0]}`);
  }
  reader.leave(explicit);
  const serialNumber = reader.unsigned('serialNumber');
  TRACE: reader.note(toHex(serialNumber));
  if (serialNumber.length > 20) reader.fail('serialNumber', `expected 1 to 20 octets, got ${serialNumber.length}`);
  const algorithm = reader.contents(SEQUENCE, 'signature');
  TRACE: if (annotations !== null) reader.note(algorithmName(algorithm));
  const issuer = reader.element(SEQUENCE, 'issuer');
  TRACE: if (annotations !== null) reader.note(nameText(issuer));
  if (issuer.length === 2) reader.fail('issuer', 'expected a name, got an empty one');
  const validity = reader.enter(SEQUENCE, 'validity');
  const notBefore = readTime(reader, 'notBefore');
  const notAfter = readTime(reader, 'notAfter');
  reader.leave(validity);
  const subject = reader.element(SEQUENCE, 'subject');
  TRACE: if (annotations !== null) reader.note(nameText(subject));
  const publicKey = readPublicKey(reader);
  const extensions = readExtensions(reader);
  const tbs = der.subarray(tbsStart, reader.position);
  reader.leave(whole);
  const outer = reader.contents(SEQUENCE, 'signatureAlgorithm');
  // Section 4.1.1.2: the algorithm outside must be the one that is signed.
  if (!equalBytes(algorithm, outer)) reader.fail('signatureAlgorithm', 'expected the same as in tbsCertificate');
  TRACE: if (annotations !== null) reader.note(algorithmName(outer));
  const signature = reader.bits('signatureValue');
  reader.leave(file);
  reader.end();
  return { tbs, algorithm, signature, serialNumber, issuer, subject, notBefore, notAfter, publicKey, ...extensions };
}

/**
 * The subject of what may be a certificate; null if it cannot be one. It says which certificate of a chain to parse
 * next, at a tenth of the price of parsing.
 */
export function peekSubject(der: Uint8Array): Uint8Array | null {
  const reader = new DerReader(der, '');
  try {
    reader.enter(SEQUENCE, '');
    reader.enter(SEQUENCE, '');
    reader.skip(EXPLICIT_0, '');
    reader.skip(INTEGER, '');
    for (let i = 0; i < 3; i++) reader.skip(SEQUENCE, '');
    return reader.element(SEQUENCE, '');
  } catch {
    return null;
  }
}

/**
 * A Time (section 4.1.2.5): YYMMDDHHMMSSZ to the year 2049, YYYYMMDDHHMMSSZ from 2050 on, seconds and Z included.
 * @returns ms since 1970
 */
function readTime(reader: DerReader, name: string): number {
  const utc = reader.peek() === UTC_TIME;
  let text = toBinaryString(reader.contents(utc ? UTC_TIME : GENERALIZED_TIME, name));
  if (utc) text = (text < '50' ? '20' : '19') + text;
  const two = (at: number): number => Number(text.slice(at, at + 2));
  const year = two(0) * 100 + two(2);
  const month = two(4);
  const day = firstOfMonth(year, month) + two(6);
  const seconds = (two(8) * 60 + two(10)) * 60 + two(12);
  if (
    !/^\d{14}Z$/.test(text) ||
    utc !== year < 2050 ||
    !(month >= 1 && month <= 12 && two(6) >= 1 && day <= firstOfMonth(year, month + 1)) ||
    !(two(8) < 24 && two(10) < 60 && two(12) < 60)
  ) {
    reader.fail(name, 'expected UTCTime to 2049 or GeneralizedTime, in Z');
  }
  const time = ((day - 1) * 86400 + seconds) * 1000;
  TRACE: reader.note(new Date(time).toISOString());
  return time;
}

/** Days from 1970 to the first of a month; 13 is the next year's January. (The engine's Date takes 3 ms for it.) */
function firstOfMonth(year: number, month: number): number {
  // Counted from March, so that a leap day is a year's last: (153 m + 2) / 5 days lie before its month m.
  const y = month < 3 ? year - 1 : year;
  const m = (month + 9) % 12;
  return 365 * y + (y >> 2) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) - 719468;
}
