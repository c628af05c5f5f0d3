/** Object identifiers, and the names and algorithms made of them, in words. */
import { toHex } from '../../src/bytes/encoding.ts';
import { decodeUtf8 } from '../../src/bytes/utf8.ts';
import { DerReader, OBJECT_IDENTIFIER } from '../../src/x509/der.ts';

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
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
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

/** The contents of an OBJECT IDENTIFIER as `name (1.2.3)`, or `1.2.3` if it is not known here. */
export function oidName(octets: Uint8Array): string {
  const dotted = dottedOid(octets);
  return dotted in OID_NAMES ? `${OID_NAMES[dotted]} (${dotted})` : dotted;
}

/** The same as `name` alone. */
export function oidLabel(octets: Uint8Array): string {
  const dotted = dottedOid(octets);
  return dotted in OID_NAMES ? OID_NAMES[dotted] : dotted;
}

/** X.690, section 8.19. */
function dottedOid(octets: Uint8Array): string {
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
  return arcs.join('.');
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
        const type = oidLabel(reader.contents(OBJECT_IDENTIFIER));
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
