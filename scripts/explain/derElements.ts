/** Elements of DER that no parser of `src/` went into: names, algorithms, extensions that the client has no use for. */
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { decodeUtf8 } from '../../src/bytes/utf8.ts';
import { BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING } from '../../src/x509/der.ts';
import type { Described } from './described.ts';
import { oidLabel, oidName } from './objectIdentifiers.ts';

/** Names of ASN.1 for elements, by tag, that say more than their types. */
export type ElementNames = Readonly<Record<number, string>>;

/** A Name (RFC 5280, section 4.1.2.4). */
export const NAME: ElementNames = {
  0x31: 'RelativeDistinguishedName',
  0x30: 'AttributeTypeAndValue',
  0x06: 'type',
  0x0c: 'value',
  0x13: 'value',
  0x16: 'value',
};

/** Names for the elements of extensions, by what `oidLabel()` returns for the extension. */
const EXTENSIONS: Record<string, ElementNames> = {
  subjectKeyIdentifier: { 0x04: 'SubjectKeyIdentifier' },
  subjectAltName: { 0x30: 'SubjectAltName', 0x81: 'rfc822Name', 0x82: 'dNSName', 0x87: 'iPAddress' },
  authorityKeyIdentifier: { 0x30: 'AuthorityKeyIdentifier', 0x80: 'keyIdentifier', 0x82: 'authorityCertSerialNumber' },
  authorityInfoAccess: { 0x06: 'accessMethod', 0x86: 'accessLocation' },
  cRLDistributionPoints: { 0xa0: 'distributionPoint', 0x86: 'uniformResourceIdentifier' },
  certificatePolicies: { 0x06: 'policyIdentifier' },
  signedCertificateTimestampList: { 0x04: 'SignedCertificateTimestampList' },
};

/** An ECDSA signature (RFC 3279, section 2.2.3). */
export const ECDSA_SIGNATURE: ElementNames = { 0x30: 'ECDSA-Sig-Value', 0x02: 'r or s' };

/** Universal types (X.680, section 8.6). */
const TYPES: ElementNames = {
  0x01: 'BOOLEAN',
  0x02: 'INTEGER',
  0x03: 'BIT STRING',
  0x04: 'OCTET STRING',
  0x05: 'NULL',
  0x06: 'OBJECT IDENTIFIER',
  0x0c: 'UTF8String',
  0x13: 'PrintableString',
  0x16: 'IA5String',
  0x17: 'UTCTime',
  0x18: 'GeneralizedTime',
  0x30: 'SEQUENCE',
  0x31: 'SET',
};

const CONSTRUCTED = 0x20;

/** Deeper than any certificate goes; what is nested deeper is one field. */
const MAX_DEPTH = 16;

/** The names for the contents of an extension. @param id contents of its extnID */
export function extensionNames(id: Uint8Array): ElementNames {
  return EXTENSIONS[oidLabel(id)] ?? {};
}

/**
 * Header and contents of an element apart. A BIT STRING is gone into if it holds an element.
 * @param meaning of the whole
 */
export function elementFields(
  source: Uint8Array,
  { start, end, name, depth }: Annotation,
  meaning: string,
  names: ElementNames,
): Described[] {
  let inside = header(source, start, end)?.contents ?? end;
  if (source[start] === BIT_STRING) inside = holdsElement(source, inside + 1, end) ? inside + 1 : end;
  return [{ start, end: inside, name, meaning, depth }, ...derFields(source, inside, end, names, depth + 1)];
}

/** Elements one after the other; what is no DER is one field. */
export function derFields(
  source: Uint8Array,
  start: number,
  end: number,
  names: ElementNames,
  depth: number,
): Described[] {
  const fields: Described[] = [];
  for (let at = start; at < end;) {
    const found = header(source, at, end);
    if (found === null || depth > MAX_DEPTH) {
      fields.push({ start: at, end, name: 'contents', meaning: 'as they stand', depth });
      break;
    }
    const { contents, next } = found;
    const tag = source[at];
    const name = names[tag] ?? TYPES[tag] ?? `[${tag & 0x1f}]`;
    const value = source.subarray(contents, next);
    if ((tag & CONSTRUCTED) === 0) {
      fields.push({ start: at, end: next, name, meaning: valueText(tag, value), depth });
    } else {
      fields.push({ start: at, end: contents, name, meaning: contents === next ? 'empty' : '', depth });
      fields.push(...derFields(source, contents, next, names, depth + 1));
    }
    at = next;
  }
  return fields;
}

/** The contents of the element that `element` begins with; all of `element` if it is none. */
export function contentsOf(element: Uint8Array): Uint8Array {
  const found = header(element, 0, element.length);
  return found === null ? element : element.subarray(found.contents, found.next);
}

/** Whether one element fills the bytes from `start` to `end`. */
export function holdsElement(source: Uint8Array, start: number, end: number): boolean {
  return (source[start] & CONSTRUCTED) !== 0 && header(source, start, end)?.next === end;
}

/** The offsets at which an element's contents begin and end; null if it does not fit. */
function header(source: Uint8Array, at: number, end: number): { contents: number; next: number } | null {
  let contents = at + 2;
  if (contents > end) return null;
  let length = source[at + 1];
  if (length > 0x82 || length === 0x80) return null;
  if (length > 0x80) {
    const octets = source.subarray(contents, contents + length - 0x80);
    contents += octets.length;
    length = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  }
  return contents + length > end ? null : { contents, next: contents + length };
}

/** A primitive element's value in words. */
function valueText(tag: number, value: Uint8Array): string {
  if (tag === OBJECT_IDENTIFIER) return oidName(value);
  if (tag === INTEGER) return value.length <= 4 ? String(parseInt(toHex(value), 16)) : `${value.length} octets`;
  if (tag === BIT_STRING || tag === OCTET_STRING || value.length === 0) return `${value.length} octets`;
  try {
    const text = decodeUtf8(value);
    return /^[ -~\u00a0-\uffff]+$/.test(text) ? text : toHex(value);
  } catch {
    return `${value.length} octets`;
  }
}
