/** Gives the meanings of a certificate's fields, by their names, bytes and neighbours. */
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { groups } from '../../src/index.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import {
  contentsOf,
  derFields,
  ECDSA_SIGNATURE,
  elementFields,
  type ElementNames,
  extensionNames,
  NAME,
} from './derElements.ts';
import { type Described, numberOf } from './described.ts';
import { algorithmName, nameText, oidLabel, oidName } from './objectIdentifiers.ts';

export const CERTIFICATE = 'RFC 5280, section 4.1';

/** The fields of a certificate, by the parser that verifies chains; what it does not take is shown as DER. */
export function describeCertificate(der: Uint8Array): Described[] {
  const annotations: Annotation[] = [];
  let subject: Uint8Array;
  try {
    subject = parseCertificate(der, 'certificate', annotations).subject;
  } catch {
    return derFields(der, 0, der.length, {}, 0).map(withReference);
  }
  let extension: Uint8Array = new Uint8Array(0);
  const fields = annotations.flatMap((annotation): Described[] => {
    const { start, end, name, depth } = annotation;
    const own = der.subarray(start, end);
    if (name === 'Certificate') return [{ ...annotation, meaning: nameText(subject) }];
    if (name === 'extnID') extension = contentsOf(own);
    if (name === 'contents') return derFields(der, start, end, extensionNames(extension), depth);
    const meaning = meaningOf(name, own);
    if (name === 'extnID') return [{ ...annotation, meaning, label: oidLabel(extension) }];
    const names = name === 'SubjectAltName' ? extensionNames(extension) : (INSIDE[name] as ElementNames | undefined);
    return names === undefined ? [{ ...annotation, meaning }] : elementFields(der, annotation, meaning, names);
  });
  return fields.map(withReference);
}

/** `fieldsOf()` adds to which element a length or an identifier belongs, since that is known only at its end. */
function withReference(field: Described): Described {
  return { ...field, reference: fieldReference(field.name) };
}

/** Elements that the parser keeps as they stand, with the names of what is in them. */
const INSIDE: Record<string, ElementNames> = {
  signature: {},
  issuer: NAME,
  subject: NAME,
  algorithm: {},
  signatureAlgorithm: {},
  signatureValue: ECDSA_SIGNATURE,
};

/** @param own an element, or the header of one that the parser went into */
function meaningOf(name: string, own: Uint8Array): string {
  const contents = contentsOf(own);
  switch (name) {
    case 'version':
      return `v${contents[2] + 1}`;
    case 'serialNumber':
    case 'pathLenConstraint':
      return toHex(contents);
    case 'signature':
    case 'signatureAlgorithm':
    case 'algorithm':
      return algorithmName(contents);
    case 'issuer':
    case 'subject':
      return nameText(own);
    case 'notBefore':
    case 'notAfter':
      return timeText(contents);
    case 'signatureValue':
      return 'by the issuer, over tbsCertificate';
    case 'subjectPublicKey':
      return pointText(contents);
    case 'modulus':
      return `${8 * contents.length - (contents[0] === 0 ? 8 : 0)} bits`;
    case 'publicExponent':
      return String(numberOf(contents));
    case 'extnID':
    case 'KeyPurposeId':
      return oidName(contents);
    case 'critical':
      return 'TRUE: who does not know it must refuse the certificate';
    case 'SubjectAltName':
      return 'names that the certificate is good for';
    case 'KeyUsage':
      return keyUsageText(contents);
    case 'BasicConstraints':
      return own[1] === 0 ? 'empty: no certificate authority' : '';
    case 'cA':
      return 'TRUE: a certificate authority';
    default:
      return '';
  }
}

/** UTCTime or GeneralizedTime, which the parser has checked, in ISO 8601. */
function timeText(contents: Uint8Array): string {
  let digits = String.fromCharCode(...contents);
  if (digits.length === 13) digits = (digits < '50' ? '20' : '19') + digits;
  return digits.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
}

/** A point in a BIT STRING, behind its count of unused bits; a key for RSA is a SEQUENCE and needs no words. */
function pointText({ length }: Uint8Array): string {
  const group = groups().find(({ pointLength }) => length === 1 + pointLength);
  return group === undefined ? '' : `uncompressed point on ${group.curve}: 04, X and Y`;
}

const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/** The contents of KeyUsage's BIT STRING, its count of unused bits first, as the names of the bits that are set. */
function keyUsageText(bits: Uint8Array): string {
  return KEY_USAGES.filter((_, i) => (bits[1 + (i >> 3)] & (0x80 >> (i & 7))) !== 0).join(', ');
}

/** Sections of RFC 5280; others with their RFC. */
const REFERENCES: Record<string, string> = {
  tbsCertificate: '4.1.1.1',
  signatureAlgorithm: '4.1.1.2',
  signatureValue: '4.1.1.3',
  version: '4.1.2.1',
  serialNumber: '4.1.2.2',
  signature: '4.1.2.3',
  issuer: '4.1.2.4',
  validity: '4.1.2.5',
  notBefore: '4.1.2.5',
  notAfter: '4.1.2.5',
  subject: '4.1.2.6',
  subjectPublicKeyInfo: '4.1.2.7',
  RSAPublicKey: 'RFC 3279, section 2.3.1',
  extensions: '4.1.2.9',
  Extension: '4.2',
  authorityKeyIdentifier: '4.2.1.1',
  subjectKeyIdentifier: '4.2.1.2',
  keyUsage: '4.2.1.3',
  KeyUsage: '4.2.1.3',
  certificatePolicies: '4.2.1.4',
  subjectAltName: '4.2.1.6',
  SubjectAltName: '4.2.1.6',
  basicConstraints: '4.2.1.9',
  BasicConstraints: '4.2.1.9',
  nameConstraints: '4.2.1.10',
  extKeyUsage: '4.2.1.12',
  ExtKeyUsageSyntax: '4.2.1.12',
  cRLDistributionPoints: '4.2.1.13',
  authorityInfoAccess: '4.2.2.1',
  signedCertificateTimestampList: 'RFC 6962, section 3.3',
};

/** The section that specifies a field of a certificate, or an extension; undefined for parts of one. */
export function fieldReference(name: string): string | undefined {
  const section = REFERENCES[name] as string | undefined;
  return section?.startsWith('RFC') === false ? `RFC 5280, section ${section}` : section;
}
