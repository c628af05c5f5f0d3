/**
 * The extensions of a certificate (RFC 5280, section 4.2) that decide whether it may stand in a server's chain. All
 * others are ignored, or the reason to refuse the certificate where they are marked critical.
 *
 * nameConstraints refuse a certificate, critical or not: honouring them means matching every form of name there is,
 * and AWS's chains have none. The same goes for critical certificatePolicies and policyConstraints.
 */
import { toBinaryString, toHex } from '../bytes/encoding.ts';
import { BIT_STRING, type DerReader, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE } from './der.ts';
import { keyUsageText, oidName } from './describe.ts';
import { CertificateError } from './errors.ts';

export interface Extensions {
  /** cA of basicConstraints. */
  ca: boolean;
  /** pathLenConstraint: how many certificates may stand between this one and the leaf; Infinity if it says nothing. */
  pathLength: number;
  /** First octet of keyUsage; null without the extension. See `allows()`. */
  keyUsage: number | null;
  /** Whether extendedKeyUsage has serverAuth or is absent; anyExtendedKeyUsage is not enough. */
  serverAuth: boolean;
  /** The GeneralNames of subjectAltName, one DER element after the other; null without the extension. */
  subjectAltNames: Uint8Array | null;
}

export const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** id-kp-serverAuth, 1.3.6.1.5.5.7.3.1. */
const SERVER_AUTH = '\x2b\x06\x01\x05\x05\x07\x03\x01';

const EXPLICIT_3 = 0xa3;

/** Extensions in a certificate, or purposes in extendedKeyUsage; AWS's have 10 and 2. One takes the board 1.5 ms. */
const MAX_ITEMS = 32;

/** Reads the extensions of a tbsCertificate. @throws CertificateError 'malformed' or 'unsupported' */
export function readExtensions(reader: DerReader): Extensions {
  const extensions: Extensions = {
    ca: false,
    pathLength: Infinity,
    keyUsage: null,
    serverAuth: true,
    subjectAltNames: null,
  };
  const seen: (number | string)[] = [];
  const explicit = reader.enter(EXPLICIT_3, 'extensions');
  const list = reader.enter(SEQUENCE, 'Extensions');
  do {
    const extension = reader.enter(SEQUENCE, 'Extension');
    const octets = reader.contents(OBJECT_IDENTIFIER, 'extnID');
    TRACE: reader.note(oidName(octets));
    // id-ce is 2.5.29, in DER 55 1d; the few of other arcs are compared as text, which takes the engine longer.
    const idCe = octets.length === 3 && octets[0] === 0x55 && octets[1] === 0x1d;
    const id = idCe ? octets[2] : toBinaryString(octets);
    if (seen.length === MAX_ITEMS) reader.fail('extensions', `more than ${MAX_ITEMS}`);
    if (seen.indexOf(id) >= 0) reader.fail('extnID', `expected each once, got ${toHex(octets)} twice`);
    seen.push(id);
    const critical = reader.flag('critical');
    const value = reader.enter(OCTET_STRING, 'extnValue');
    // The last arc under id-ce (RFC 5280, appendix A.2).
    switch (id) {
      case 15:
        extensions.keyUsage = readKeyUsage(reader);
        break;
      case 17:
        extensions.subjectAltNames = reader.contents(SEQUENCE, 'SubjectAltName');
        break;
      case 19:
        readBasicConstraints(reader, extensions);
        break;
      case 37:
        extensions.serverAuth = readExtendedKeyUsage(reader);
        break;
      default:
        if (critical || id === 30) {
          const which = id === 30 ? 'nameConstraints' : `critical extension ${toHex(octets)}`;
          throw new CertificateError('unsupported', `${reader.what}: ${which} not supported`);
        }
        reader.position = reader.limit;
    }
    reader.leave(value);
    reader.leave(extension);
  } while (reader.peek() !== undefined);
  reader.leave(list);
  reader.leave(explicit);
  const { ca, pathLength, keyUsage } = extensions;
  // Section 4.2.1.9: without cA there is neither pathLenConstraint nor keyCertSign.
  if (!ca && (pathLength !== Infinity || (keyUsage !== null && (keyUsage & KEY_CERT_SIGN) !== 0))) {
    reader.fail('extensions', 'expected cA with pathLen and keyCertSign');
  }
  return extensions;
}

/** Whether keyUsage lets the key be used so; it does where there is no keyUsage (section 4.2.1.3). */
export function allows(extensions: Extensions, usage: number): boolean {
  return extensions.keyUsage === null || (extensions.keyUsage & usage) !== 0;
}

/** Checks that a certificate's key may sign certificates (section 6.1.4 (k) and (n)). @throws CertificateError */
export function checkAuthority(extensions: Extensions, what: string): void {
  if (!extensions.ca) throw new CertificateError('not_a_ca', `${what}: expected basicConstraints with cA`);
  if (!allows(extensions, KEY_CERT_SIGN)) {
    throw new CertificateError('wrong_usage', `${what}: expected keyCertSign in keyUsage`);
  }
}

/** Section 4.2.1.3; as a named bit list it ends with a bit that is set (X.690, section 11.2.2). */
function readKeyUsage(reader: DerReader): number {
  const bits = reader.contents(BIT_STRING, 'KeyUsage');
  const last = bits[bits.length - 1];
  if (bits.length < 2 || bits.length > 3 || bits[0] > 7 || (last & -last) !== 1 << bits[0]) {
    reader.fail('KeyUsage', 'expected 1 to 9 bits, the last one set');
  }
  TRACE: reader.note(keyUsageText(bits));
  return bits[1];
}

/** Section 4.2.1.9. */
function readBasicConstraints(reader: DerReader, extensions: Extensions): void {
  const outer = reader.enter(SEQUENCE, 'BasicConstraints');
  extensions.ca = reader.flag('cA');
  if (reader.peek() !== undefined) {
    const octets = reader.unsigned('pathLenConstraint');
    TRACE: reader.note(toHex(octets));
    // No path that is tried comes near 128 certificates.
    if (octets.length === 1) extensions.pathLength = octets[0];
  }
  reader.leave(outer);
}

/** Section 4.2.1.12. @returns whether serverAuth is among the purposes */
function readExtendedKeyUsage(reader: DerReader): boolean {
  let found = false;
  let count = 0;
  const outer = reader.enter(SEQUENCE, 'ExtKeyUsageSyntax');
  do {
    if (++count > MAX_ITEMS) reader.fail('extKeyUsage', `more than ${MAX_ITEMS}`);
    const purpose = reader.contents(OBJECT_IDENTIFIER, 'KeyPurposeId');
    TRACE: reader.note(oidName(purpose));
    if (toBinaryString(purpose) === SERVER_AUTH) found = true;
  } while (reader.peek() !== undefined);
  reader.leave(outer);
  return found;
}
