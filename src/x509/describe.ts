/**
 * Object identifiers and names in words. Only the PC has use for them (`TRACE:` statements, commands): on the board
 * nothing imports this.
 */
import { toHex } from '../bytes/encoding.ts';
import { decodeUtf8 } from '../bytes/utf8.ts';
import { DerReader, OBJECT_IDENTIFIER } from './der.ts';

const SET = 0x31;

const OID_NAMES: Record<string, string> = {
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.10045.2.1': 'id-ecPublicKey',
  '1.2.840.10045.3.1.7': 'secp256r1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.113549.1.1.1': 'rsaEncryption',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.3.132.0.34': 'secp384r1',
  '1.3.6.1.4.1.11129.2.4.2': 'signedCertificateTimestampList',
  '1.3.6.1.5.5.7.1.1': 'authorityInfoAccess',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.29.14': 'subjectKeyIdentifier',
  '2.5.29.15': 'keyUsage',
  '2.5.29.17': 'subjectAltName',
  '2.5.29.19': 'basicConstraints',
  '2.5.29.30': 'nameConstraints',
  '2.5.29.31': 'cRLDistributionPoints',
  '2.5.29.32': 'certificatePolicies',
  '2.5.29.35': 'authorityKeyIdentifier',
  '2.5.29.37': 'extKeyUsage',
};

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

/** The contents of an OBJECT IDENTIFIER (X.690, section 8.19) as `name (1.2.3)`, or `1.2.3` if it is not known here. */
export function oidName(octets: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of octets) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length === 0) {
      const first = Math.min(Math.floor(arc / 40), 2);
      arcs.push(first);
      arc -= 40 * first;
    }
    arcs.push(arc);
    arc = 0;
  }
  const dotted = arcs.join('.');
  return dotted in OID_NAMES ? `${OID_NAMES[dotted]} (${dotted})` : dotted;
}

/** The contents of an AlgorithmIdentifier as the names of the algorithm and, if that is one, its parameter. Never throws. */
export function algorithmName(contents: Uint8Array): string {
  const reader = new DerReader(contents, '');
  const names: string[] = [];
  try {
    while (reader.peek() === OBJECT_IDENTIFIER) names.push(oidName(reader.contents(OBJECT_IDENTIFIER)));
  } catch {
    return `not an AlgorithmIdentifier: ${toHex(contents)}`;
  }
  return names.join(', ');
}

/** The contents of KeyUsage's BIT STRING, its count of unused bits first, as the names of the bits that are set. */
export function keyUsageText(bits: Uint8Array): string {
  return KEY_USAGES.filter((_, i) => (bits[1 + (i >> 3)] & (0x80 >> (i & 7))) !== 0).join(', ');
}

/** A Name in DER as RFC 4514 writes it, without its escapes: `CN=Amazon Root CA 1, O=Amazon, C=US`. Never throws. */
export function nameText(name: Uint8Array): string {
  const attributes: string[] = [];
  const reader = new DerReader(name, '');
  try {
    reader.enter();
    while (reader.peek() !== undefined) {
      reader.enter(SET);
      while (reader.peek() !== undefined) {
        reader.enter();
        const type = oidName(reader.contents(OBJECT_IDENTIFIER)).split(' ')[0];
        const value = reader.contents(reader.peek());
        attributes.unshift(`${type}=${text(value)}`);
        reader.leave();
      }
      reader.leave();
    }
    reader.leave();
  } catch {
    return `not a Name: ${toHex(name)}`;
  }
  return attributes.length === 0 ? 'an empty Name' : attributes.join(', ');
}

function text(value: Uint8Array): string {
  try {
    return decodeUtf8(value);
  } catch {
    return `#${toHex(value)}`;
  }
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

/** Where a field of a certificate, or an extension, is specified; undefined for what is part of one. */
export function fieldReference(name: string): string | undefined {
  const section = REFERENCES[name] as string | undefined;
  return section?.startsWith('RFC') === false ? `RFC 5280, section ${section}` : section;
}
