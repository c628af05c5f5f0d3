/** Gives the meanings of the fields of TLS messages, by their names, bytes and messages. */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { cipherSuiteOf, groupOf } from '../../src/index.ts';
import { alertName } from '../../src/tls/alert.ts';
import { messageName } from '../../src/tls/messageName.ts';
import { byteCount, type Described, type Meaning, numberOf } from './described.ts';

/** The section that specifies lengths of vectors. */
export const TLS_VECTOR = 'RFC 5246, section 4.3';

/** The fields of a message, which `src/` named. @param message its name */
export function describeTls(message: string, bytes: Uint8Array, annotations: readonly Annotation[]): Described[] {
  return annotations.map((annotation) => {
    const own = bytes.subarray(annotation.start, annotation.end);
    const { name, isLength } = annotation;
    if (isLength) return { ...annotation, meaning: byteCount(numberOf(own)), reference: TLS_VECTOR };
    const describe = (MEANINGS[`${message}.${name}`] ?? MEANINGS[name]) as Describe | undefined;
    return { ...annotation, ...(describe?.(own) ?? { meaning: '' }) };
  });
}

type Describe = (own: Uint8Array) => Meaning;

/** Said of numbers that others may have agreed on. */
const UNKNOWN = 'not one that this client knows';

/** A meaning that does not depend on the bytes. */
function says(meaning: string, reference?: string): Describe {
  return () => ({ meaning, reference });
}

/** A meaning that is the bytes as text. */
function text(reference: string): Describe {
  return (own) => ({ meaning: toBinaryString(own), reference });
}

/** Meanings by the name of the field, or by message and field where one name means two things. */
const MEANINGS: Record<string, Describe> = {
  msg_type: ([type]) => ({ meaning: messageName(type), reference: 'RFC 5246, section 7.4' }),
  length: (own) => ({ meaning: byteCount(numberOf(own)), reference: 'RFC 5246, section 7.4' }),
  client_version: says('TLS 1.2', 'RFC 5246, section 7.4.1.2'),
  server_version: says('TLS 1.2 is 0303', 'RFC 5246, section 7.4.1.3'),
  'ClientHello.random': says('32 fresh random bytes', 'RFC 5246, section 7.4.1.2'),
  'ServerHello.random': says('the server’s 32 bytes', 'RFC 5246, section 7.4.1.3'),
  'ClientHello.session_id': says('of the session to resume', 'RFC 5246, section 7.4.1.2'),
  'ServerHello.session_id': says('by which the session may be resumed', 'RFC 5246, section 7.4.1.3'),
  cipher_suite: (own) => suite(numberOf(own)),
  'ClientHello.compression_method': says('null', 'RFC 5246, section 7.4.1.2'),
  'ServerHello.compression_method': says('null is 0', 'RFC 5246, section 7.4.1.3'),
  extension_type: (own) => extension(numberOf(own)),
  name_type: says('host_name', 'RFC 6066, section 3'),
  host_name: text('RFC 6066, section 3'),
  named_group: (own) => group(numberOf(own)),
  named_group_list: says('of no consequence in TLS 1.2', 'RFC 8422, section 5.1.1'),
  ec_point_format: says('uncompressed', 'RFC 8422, section 5.1.2'),
  ec_point_formats: says('uncompressed is 0', 'RFC 8422, section 5.2'),
  signature_and_hash: (own) => scheme(numberOf(own)),
  protocol_name: text('RFC 7301, section 3.1'),
  renegotiated_connection: says('empty in a first handshake', 'RFC 5746, section 3.4'),
  'ASN.1Cert': says('X.509', 'RFC 5280, section 4.1'),
  curve_type: says('named_curve is 3', 'RFC 8422, section 5.4'),
  namedcurve: (own) => group(numberOf(own)),
  point: says('uncompressed is 04, X and Y follow', 'RFC 8422, section 5.4.1'),
  ecdh_Yc: says('uncompressed is 04, X and Y follow', 'RFC 8422, section 5.7'),
  algorithm: (own) => scheme(numberOf(own)),
  'ServerKeyExchange.signature': says('over both randoms and the parameters above', 'RFC 8422, section 5.4'),
  'CertificateVerify.signature': says('over all handshake messages so far', 'RFC 5246, section 7.4.8'),
  certificate_type: says('1 is rsa_sign, 64 ecdsa_sign', 'RFC 8422, section 5.5'),
  DistinguishedName: says('of an authority whose certificates the server takes'),
  verify_data: says('PRF over the hash of all messages so far', 'RFC 5246, section 7.4.9'),
  'ChangeCipherSpec.type': says('the keys change behind this record', 'RFC 5246, section 7.1'),
  level: ([level]) => ({ meaning: level === 1 ? 'warning' : 'fatal', reference: 'RFC 5246, section 7.2' }),
  description: ([number]) => ({ meaning: alertName(number), reference: 'RFC 5246, section 7.2' }),
  data: says('of the application', 'RFC 5246, section 10'),
};

export function suiteName(number: number): string {
  return suite(number).meaning;
}

function suite(number: number): Meaning {
  if (number === 0x00ff) return { meaning: 'TLS_EMPTY_RENEGOTIATION_INFO_SCSV', reference: 'RFC 5746, section 3.3' };
  const known = cipherSuiteOf(number);
  return known === undefined
    ? { meaning: UNKNOWN, reference: 'RFC 5246, section 7.4.1.2' }
    : { meaning: known.name, reference: 'RFC 5289, section 3.2' };
}

function group(number: number): Meaning {
  return {
    meaning: groupOf(number)?.name ?? UNKNOWN,
    reference: 'RFC 8422, section 5.1.1',
  };
}

const SCHEMES: Record<number, string> = {
  0x0401: 'RSA PKCS#1 v1.5 with SHA-256',
  0x0403: 'ECDSA with SHA-256',
  0x0501: 'RSA PKCS#1 v1.5 with SHA-384',
  0x0503: 'ECDSA with SHA-384',
  0x0601: 'RSA PKCS#1 v1.5 with SHA-512',
  0x0603: 'ECDSA with SHA-512',
};

export function schemeName(number: number): string {
  return scheme(number).meaning;
}

/** A SignatureAndHashAlgorithm. */
function scheme(number: number): Meaning {
  return { meaning: SCHEMES[number] ?? UNKNOWN, reference: 'RFC 5246, section 7.4.1.4.1' };
}

/** Extensions by number: name, purpose, and the section that assigns the number. */
const EXTENSIONS: Partial<Record<number, [name: string, about: string, reference: string]>> = {
  0: ['server_name', 'the one that is wanted of all names at that address', 'RFC 6066, section 3'],
  10: ['supported_groups', 'the curves that can be computed on', 'RFC 8422, section 5.1.1'],
  11: ['ec_point_formats', 'how points are written', 'RFC 8422, section 5.1.2'],
  13: ['signature_algorithms', 'the signatures that can be verified', 'RFC 5246, section 7.4.1.4.1'],
  16: ['application_layer_protocol_negotiation', 'what is to be spoken inside', 'RFC 7301, section 3.1'],
  23: ['extended_master_secret', 'the keys are to be made of all messages', 'RFC 7627, section 5.1'],
  0xff01: ['renegotiation_info', 'no handshake came before this one', 'RFC 5746, section 3.2'],
};

export function extensionName(number: number): string {
  return EXTENSIONS[number]?.[0] ?? UNKNOWN;
}

/** Returns an extension's name and, behind a colon, its purpose. */
export function extensionText(number: number): string {
  return extension(number).meaning;
}

function extension(number: number): Meaning {
  const known = EXTENSIONS[number];
  if (known === undefined) return { meaning: UNKNOWN, reference: 'RFC 5246, section 7.4.1.4', label: UNKNOWN };
  const [name, about, reference] = known;
  return { meaning: `${name}: ${about}`, reference, label: name };
}
