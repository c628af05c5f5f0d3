/**
 * Makes throw-away certificates for the local endpoint and the tests, with node:crypto and a few lines of DER; it needs
 * neither an openssl binary nor a package. A server's chain has the shape and the sizes of AWS IoT Core's: a leaf, an
 * intermediate, a cross-signed root and, as in former years, the older root that cross-signed it.
 */
import { createHash, createPublicKey, generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { promisify } from 'node:util';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  nul,
  octetString,
  oid,
  printableString,
  sequence,
  set,
  time,
  utf8String,
} from './der.ts';

const DAY = 24 * 60 * 60 * 1000;

/** Part of the name of every issuer made here. */
export const THROW_AWAY = 'Pico Kitchen Throw-away';

export type ChainKind = 'rsa' | 'ecdsa';
/**
 * The chains that the local endpoint can show: AWS's chain of today, of either kind, the RSA one with a fourth certificate, as
 * some endpoints still send it, the RSA one of old, keys on P-384 throughout, as below Amazon Root CA 4, or authorities with
 * RSA-4096, as below Amazon Root CA 2.
 */
export type ServerChainKind = (typeof SERVER_CHAIN_KINDS)[number];
export const SERVER_CHAIN_KINDS = ['rsa', 'ecdsa', 'rsa-4', 'old', 'p384', 'rsa4096'] as const;
/** Attributes in their order, such as `{ C: 'US', O: 'Amazon', CN: 'Amazon Root CA 1' }`. */
export type Name = Partial<Record<keyof typeof ATTRIBUTES, string>>;

/** Object identifiers of RFC 4519. Countries are PrintableString (RFC 5280, appendix A). */
const ATTRIBUTES = { C: '2.5.4.6', ST: '2.5.4.8', L: '2.5.4.7', O: '2.5.4.10', OU: '2.5.4.11', CN: '2.5.4.3' };

export interface CertificateTemplate {
  subject: Name;
  /** Public or private. */
  subjectKey: KeyObject;
  issuer: Name;
  /** Private. */
  issuerKey: KeyObject;
  from: Date;
  to: Date;
  /** In DER, as made by the functions below. */
  extensions: Uint8Array[];
  /** Default: `sha256`. */
  hash?: 'sha1' | 'sha256' | 'sha384';
}

/** A certificate in DER, RFC 5280, section 4.1. */
export function makeCertificate(template: CertificateTemplate): Buffer {
  const { subject, subjectKey, issuer, issuerKey, from, to, extensions, hash = 'sha256' } = template;
  const algorithm = signatureAlgorithm(issuerKey, hash);
  const toBeSigned = sequence(
    explicit(0, integer(2)),
    // 16 random bytes. The first is fixed, so that the number is neither negative nor has a leading zero.
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    encodeName(issuer),
    sequence(time(from), time(to)),
    encodeName(subject),
    publicKeyInfo(subjectKey),
    ...(extensions.length === 0 ? [] : [explicit(3, sequence(...extensions))]),
  );
  return sequence(toBeSigned, algorithm, bitString(sign(hash, toBeSigned, issuerKey)));
}

function signatureAlgorithm(key: KeyObject, hash: 'sha1' | 'sha256' | 'sha384'): Buffer {
  if (key.asymmetricKeyType === 'rsa') {
    return sequence(oid(`1.2.840.113549.1.1.${{ sha1: 5, sha256: 11, sha384: 12 }[hash]}`), nul());
  }
  return sequence(oid(`1.2.840.10045.4.${{ sha1: '1', sha256: '3.2', sha384: '3.3' }[hash]}`));
}

export function encodeName(name: Name): Buffer {
  const attributes = Object.entries(name).map(([key, value]) =>
    set(
      sequence(
        oid(ATTRIBUTES[key as keyof typeof ATTRIBUTES]),
        key === 'C' ? printableString(value) : utf8String(value),
      ),
    ),
  );
  return sequence(...attributes);
}

/** SubjectPublicKeyInfo of a public key, or of a private key's public half. */
export function publicKeyInfo(key: KeyObject): Buffer {
  return publicHalf(key).export({ type: 'spki', format: 'der' });
}

function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}

/** SHA-1 of the subjectPublicKey, RFC 5280, section 4.2.1.2, method 1. */
function keyIdentifier(key: KeyObject): Buffer {
  const hash = createHash('sha1');
  if (key.asymmetricKeyType === 'rsa') {
    return hash.update(publicHalf(key).export({ type: 'pkcs1', format: 'der' })).digest();
  }
  const { x = '', y = '' } = publicHalf(key).export({ format: 'jwk' });
  // An uncompressed point.
  return hash.update(Uint8Array.of(4)).update(x, 'base64url').update(y, 'base64url').digest();
}

export function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** RFC 5280, section 4.2.1.9. */
export function basicConstraints(ca: boolean, pathLength?: number): Buffer {
  const content = [...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])];
  return extension('2.5.29.19', true, sequence(...content));
}

/** Bit numbers of RFC 5280, section 4.2.1.3. */
const KEY_USAGES = { digitalSignature: 0, keyEncipherment: 2, keyAgreement: 4, keyCertSign: 5, cRLSign: 6 };

export function keyUsage(...usages: (keyof typeof KEY_USAGES)[]): Buffer {
  let bits = 0;
  for (const usage of usages) bits |= 0x80 >> KEY_USAGES[usage];
  const unused = bits === 0 ? 0 : Math.log2(bits & -bits);
  return extension('2.5.29.15', true, bitString(bits === 0 ? Buffer.alloc(0) : Buffer.of(bits), unused));
}

/** RFC 5280, section 4.2.1.12. */
export function extendedKeyUsage(...usages: ('serverAuth' | 'clientAuth')[]): Buffer {
  const ids = usages.map((usage) => oid(`1.3.6.1.5.5.7.3.${usage === 'serverAuth' ? 1 : 2}`));
  return extension('2.5.29.37', false, sequence(...ids));
}

/** dNSNames, and iPAddresses for IPv4 addresses: RFC 5280, section 4.2.1.6. */
export function subjectAltName(...names: string[]): Buffer {
  const general = (name: string): Buffer =>
    isIPv4(name) ? implicit(7, Buffer.from(name.split('.').map(Number))) : implicit(2, Buffer.from(name, 'latin1'));
  return extension('2.5.29.17', false, sequence(...names.map(general)));
}

function subjectKeyIdentifier(key: KeyObject): Buffer {
  return extension('2.5.29.14', false, octetString(keyIdentifier(key)));
}

function authorityKeyIdentifier(key: KeyObject): Buffer {
  return extension('2.5.29.35', false, sequence(implicit(0, keyIdentifier(key))));
}

/**
 * Extensions with addresses, such as the CRL's. Nobody here uses them, but they give the certificate a realistic
 * size.
 */
function pointers(authority: string): Buffer[] {
  const uri = (path: string): Buffer => implicit(6, Buffer.from(`http://${path}.${authority}.example/${authority}`));
  return [
    // cRLDistributionPoints, authorityInfoAccess (OCSP and issuer), certificatePolicies (domain-validated)
    extension('2.5.29.31', false, sequence(sequence(explicit(0, explicit(0, uri('crl')))))),
    extension(
      '1.3.6.1.5.5.7.1.1',
      false,
      sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), uri('ocsp')), sequence(oid('1.3.6.1.5.5.7.48.2'), uri('crt'))),
    ),
    extension('2.5.29.32', false, sequence(sequence(oid('2.23.140.1.2.1')))),
  ];
}

/** Three timestamps of certificate transparency (RFC 6962, section 3.3), with random logs and signatures. */
function timestamps(): Buffer {
  const one = (): Buffer => {
    const body = Buffer.concat([
      Buffer.of(0),
      randomBytes(32),
      Buffer.alloc(10),
      Buffer.of(4, 3, 0, 71),
      randomBytes(71),
    ]);
    return Buffer.concat([Buffer.of(0, body.length), body]);
  };
  const list = Buffer.concat([one(), one(), one()]);
  const length = Buffer.of(list.length >> 8, list.length & 255);
  return extension('1.3.6.1.4.1.11129.2.4.2', false, octetString(length, list));
}

const generate = promisify(generateKeyPair);

/** The private half of a new key pair. `createPublicKey()` returns the public half. */
export async function makeKey(kind: ChainKind | 'p384' | 'rsa4096'): Promise<KeyObject> {
  const pair =
    kind === 'rsa' || kind === 'rsa4096'
      ? await generate('rsa', { modulusLength: kind === 'rsa' ? 2048 : 4096 })
      : await generate('ec', { namedCurve: kind === 'p384' ? 'P-384' : 'P-256' });
  return pair.privateKey;
}

export interface ServerChain {
  key: KeyObject;
  /**
   * DER, in the order in which the server sends them: leaf, intermediate, cross-signed root; in an old chain also the
   * root that signed it.
   */
  certificates: Buffer[];
  /** The root that the board trusts, DER: the self-signed certificate of the cross-signed root's key. */
  anchor: Buffer;
}

/** Days that leafs live which AWS Certificate Manager makes since 2026; 47 from 2029 on. */
const LEAF_DAYS = 198;

/**
 * @param host name in the leaf's subjectAltName, or an IPv4 address
 * @param age `today`: three certificates, the leaf for servers only; `old`: as AWS sent them until 2024, with the root that
 * cross-signed the other one behind it, and a leaf for clients as well. `old` unless given
 * @param isFourSent whether the root that cross-signed the other one is sent; with `old` unless given
 * @param leafDays how long the leaf lives from yesterday on; as long as such leafs live unless given
 * @param from @param to its validity, in place of that
 */
export async function makeServerChain(options: {
  kind: ChainKind | 'p384' | 'rsa4096';
  host: string;
  age?: 'today' | 'old';
  isFourSent?: boolean;
  leafDays?: number | undefined;
  from?: Date;
  to?: Date;
}): Promise<ServerChain> {
  const { kind, host, age = 'old', isFourSent = age === 'old', from = new Date(Date.now() - DAY) } = options;
  const { leafDays = age === 'old' ? 365 : LEAF_DAYS, to = new Date(Date.now() + (leafDays - 1) * DAY) } = options;
  // Below AWS's authorities with RSA-4096 stand servers with RSA-2048.
  const kinds = [kind === 'rsa4096' ? 'rsa' : kind, kind, kind, kind] as const;
  const [key, intermediateKey, rootKey, outerKey] = await Promise.all(kinds.map(makeKey));
  const label = kind.toUpperCase();
  const hash = kind === 'p384' || kind === 'rsa4096' ? 'sha384' : 'sha256';
  const intermediate: Name = { C: 'XX', O: THROW_AWAY, CN: `${label} Intermediate M01` };
  const root: Name = { C: 'XX', O: THROW_AWAY, CN: `${label} Root 1` };
  const outer: Name = {
    C: 'XX',
    L: 'Sideboard',
    O: 'Former Kitchen Technologies, Throw-away',
    CN: `Former Kitchen Services ${label} Root - G2`,
  };
  const authority = { from: new Date(Date.now() - 365 * DAY), to: new Date(Date.now() + 3650 * DAY) };
  const usage = keyUsage('digitalSignature', 'keyCertSign', 'cRLSign');
  const leaf = makeCertificate({
    subject: { CN: 'Throw-away local endpoint' },
    subjectKey: key,
    issuer: intermediate,
    issuerKey: intermediateKey,
    from,
    to,
    hash,
    extensions: [
      authorityKeyIdentifier(intermediateKey),
      subjectKeyIdentifier(key),
      subjectAltName(host, ...(isIPv4(host) ? [] : [`*.${host}`])),
      ...pointers('m01'),
      keyUsage('digitalSignature', 'keyEncipherment'),
      extendedKeyUsage('serverAuth', ...(age === 'old' ? (['clientAuth'] as const) : [])),
      basicConstraints(false),
      timestamps(),
    ],
  });
  const signed = (subject: Name, subjectKey: KeyObject, issuer: Name, issuerKey: KeyObject, extra: Buffer[]): Buffer =>
    makeCertificate({
      subject,
      subjectKey,
      issuer,
      issuerKey,
      ...authority,
      hash,
      extensions: [usage, subjectKeyIdentifier(subjectKey), ...extra],
    });
  const belowAnother = (issuerKey: KeyObject, pathLength: number | undefined, name: string): Buffer[] => [
    basicConstraints(true, pathLength),
    extendedKeyUsage('serverAuth', 'clientAuth'),
    authorityKeyIdentifier(issuerKey),
    ...pointers(name),
  ];
  return {
    key,
    certificates: [
      leaf,
      signed(intermediate, intermediateKey, root, rootKey, belowAnother(rootKey, 0, 'root1')),
      signed(root, rootKey, outer, outerKey, belowAnother(outerKey, undefined, 'former-kitchen')),
      ...(isFourSent ? [signed(outer, outerKey, outer, outerKey, [basicConstraints(true)])] : []),
    ],
    anchor: signed(root, rootKey, root, rootKey, [basicConstraints(true)]),
  };
}

export interface DeviceIdentity {
  /** DER of the authority whose device certificates the endpoint trusts. */
  authority: Buffer;
  /** DER. */
  certificate: Buffer;
  key: KeyObject;
}

/**
 * Makes a device's key and certificate, and the authority that signs it, like those of AWS IoT Core.
 * @param thing the common name
 * @param kind type of the device's key
 * @param authorityKind type of the authority's key; AWS's is RSA
 */
export async function makeDeviceIdentity(options: {
  thing: string;
  kind?: ChainKind;
  authorityKind?: ChainKind;
}): Promise<DeviceIdentity> {
  const { kind = 'ecdsa', authorityKind = 'rsa' } = options;
  const [key, authorityKey] = await Promise.all([makeKey(kind), makeKey(authorityKind)]);
  const authority: Name = { OU: `${THROW_AWAY} devices O=Pico Kitchen L=Sideboard C=XX` };
  const dates = { from: new Date(Date.now() - DAY), to: new Date(Date.now() + 3650 * DAY) };
  return {
    key,
    authority: makeCertificate({
      subject: authority,
      subjectKey: authorityKey,
      issuer: authority,
      issuerKey: authorityKey,
      ...dates,
      extensions: [basicConstraints(true), keyUsage('keyCertSign', 'cRLSign'), subjectKeyIdentifier(authorityKey)],
    }),
    certificate: makeCertificate({
      subject: { CN: options.thing },
      subjectKey: key,
      issuer: authority,
      issuerKey: authorityKey,
      ...dates,
      extensions: [
        authorityKeyIdentifier(authorityKey),
        subjectKeyIdentifier(key),
        basicConstraints(false),
        keyUsage('digitalSignature'),
      ],
    }),
  };
}

/** Encodes PEM (RFC 7468) in lines of 64 characters. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Encodes a private key as PKCS #8. */
export function encodeKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
