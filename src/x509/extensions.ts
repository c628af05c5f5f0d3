/**
 * The extensions of a certificate (RFC 5280, section 4.2) that decide whether it may stand in a server's chain. All
 * others are ignored; a certificate with another one that is marked critical is refused.
 *
 * nameConstraints refuse a certificate, critical or not: honouring them means matching every form of name there is,
 * and AWS's chains have none. The same goes for critical certificatePolicies and policyConstraints.
 */
import { toBinaryString, toHex } from '../bytes/encoding.ts';
import { BIT_STRING, type DerReader, note, noteRest, OBJECT_IDENTIFIER, OCTET_STRING } from './der.ts';
import { refuse } from './errors.ts';

export interface Extensions {
  /** cA of basicConstraints. */
  ca: boolean;
  /** pathLenConstraint: how many certificates may stand between this one and the leaf; Infinity if it says nothing. */
  pathLength: number;
  /** First octet of keyUsage: DIGITAL_SIGNATURE, KEY_CERT_SIGN; all bits set without the extension (section 4.2.1.3). */
  keyUsage: number;
  /** Whether extendedKeyUsage has serverAuth or is absent; anyExtendedKeyUsage is not enough. */
  serverAuth: boolean;
  /** The GeneralNames of subjectAltName, one DER element after the other; empty without the extension. */
  subjectAltNames: Uint8Array;
}

export const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

/** id-kp-serverAuth, 1.3.6.1.5.5.7.3.1. */
const SERVER_AUTH = '\x2b\x06\x01\x05\x05\x07\x03\x01';

export const EXPLICIT_3 = 0xa3;

/** Reads the extensions of a tbsCertificate. @throws CertificateError 'malformed' or 'unsupported' */
export function readExtensions(reader: DerReader): Extensions {
  const extensions: Extensions = {
    ca: false,
    pathLength: Infinity,
    keyUsage: 0xff,
    serverAuth: true,
    subjectAltNames: new Uint8Array(0),
  };
  const seen: (number | string)[] = [];
  reader.enter(EXPLICIT_3);
  TRACE: note(reader, 'extensions');
  reader.enter();
  TRACE: note(reader, 'Extensions');
  do {
    reader.enter();
    TRACE: note(reader, 'Extension');
    const octets = reader.contents(OBJECT_IDENTIFIER);
    TRACE: note(reader, 'extnID');
    // id-ce is 2.5.29, in DER 55 1d; the few of other arcs are compared as text, which takes the engine longer.
    const idCe = octets.length === 3 && octets[0] === 0x55 && octets[1] === 0x1d;
    const id = idCe ? octets[2] : toBinaryString(octets);
    if (seen.indexOf(id) >= 0) reader.fail(`extension ${toHex(octets.subarray(0, 16))} once`);
    seen.push(id);
    const critical = reader.flag();
    TRACE: if (critical) note(reader, 'critical');
    reader.enter(OCTET_STRING);
    TRACE: note(reader, 'extnValue');
    // The last arc under id-ce (RFC 5280, appendix A.2).
    switch (id) {
      case 15:
        extensions.keyUsage = readKeyUsage(reader);
        break;
      case 17:
        extensions.subjectAltNames = reader.contents();
        TRACE: note(reader, 'SubjectAltName');
        break;
      case 19:
        readBasicConstraints(reader, extensions);
        break;
      case 37:
        extensions.serverAuth = readExtendedKeyUsage(reader);
        break;
      default:
        if (critical || id === 30) refuse('unsupported', reader.what, `extension ${toHex(octets.subarray(0, 16))}`);
        TRACE: noteRest(reader, 'contents');
        reader.at = reader.limit;
    }
    reader.leave();
    reader.leave();
  } while (reader.peek() !== undefined);
  reader.leave();
  reader.leave();
  return extensions;
}

/** Checks that a certificate's key may sign certificates (section 6.1.4 (k) and (n)). @throws CertificateError */
export function checkAuthority({ ca, keyUsage }: Extensions, what: string): void {
  if (!ca) refuse('not_a_ca', what, 'expected basicConstraints cA');
  if ((keyUsage & KEY_CERT_SIGN) === 0) refuse('wrong_usage', what, 'expected keyCertSign');
}

/** Section 4.2.1.3; as a named bit list it ends with a bit that is set (X.690, section 11.2.2). */
function readKeyUsage(reader: DerReader): number {
  const bits = reader.contents(BIT_STRING);
  TRACE: note(reader, 'KeyUsage');
  const { length } = bits;
  const last = bits[length - 1];
  if (length < 2 || length > 3 || bits[0] > 7 || (last & -last) !== 1 << bits[0]) reader.fail('KeyUsage bits');
  return bits[1];
}

/** Section 4.2.1.9. */
function readBasicConstraints(reader: DerReader, extensions: Extensions): void {
  reader.enter();
  TRACE: note(reader, 'BasicConstraints');
  extensions.ca = reader.flag();
  TRACE: if (extensions.ca) note(reader, 'cA');
  if (reader.peek() !== undefined) {
    const octets = reader.unsigned();
    TRACE: note(reader, 'pathLenConstraint');
    // No path that is tried comes near 128 certificates.
    if (octets.length === 1) extensions.pathLength = octets[0];
  }
  reader.leave();
}

/** Section 4.2.1.12. @returns whether serverAuth is among the purposes */
function readExtendedKeyUsage(reader: DerReader): boolean {
  let found = false;
  reader.enter();
  TRACE: note(reader, 'ExtKeyUsageSyntax');
  do {
    const purpose = reader.contents(OBJECT_IDENTIFIER);
    TRACE: note(reader, 'KeyPurposeId');
    if (toBinaryString(purpose) === SERVER_AUTH) found = true;
  } while (reader.peek() !== undefined);
  reader.leave();
  return found;
}
