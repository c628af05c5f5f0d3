/** Certificates of which every field can be made wrong, one at a time, signed by node:crypto all the same. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  basicConstraints,
  encodeName,
  extendedKeyUsage,
  keyUsage,
  publicKeyInfo,
  subjectAltName,
} from '../../scripts/lib/certificates.ts';
import { bitString, explicit, integer, nul, oid, sequence, time } from '../../scripts/lib/der.ts';
import { CertificateError, type CertificateProblem } from '../../src/x509/errors.ts';

export const HOST = 'a1b2c3-ats.iot.eu-west-1.amazonaws.com';
/** When the certificates below are valid, if nothing else is said. */
export const NOW = Date.UTC(2026, 10, 23, 8);

export const RSA_SHA256 = sequence(oid('1.2.840.113549.1.1.11'), nul());
export const RSA_SHA384 = sequence(oid('1.2.840.113549.1.1.12'), nul());
export const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
export const ECDSA_SHA384 = sequence(oid('1.2.840.10045.4.3.3'));

export const LEAF_EXTENSIONS = [
  basicConstraints(false),
  keyUsage('digitalSignature'),
  extendedKeyUsage('serverAuth'),
  subjectAltName(HOST),
];
export const CA_EXTENSIONS = [basicConstraints(true), keyUsage('keyCertSign', 'cRLSign')];

/** Someone who has a key and a name: the DER of a Name. */
export interface Party {
  name: Uint8Array;
  key: KeyObject;
}

export function ecKey(curve: 'P-256' | 'P-384' | 'P-521' = 'P-256'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
}

export function rsaKey(bits = 2048): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
}

export function party(commonName: string, key = ecKey()): Party {
  return { name: encodeName({ C: 'US', O: 'Test', CN: commonName }), key };
}

/** The parts of a certificate in their order, each a DER element, or empty to leave it out. */
export interface Parts {
  version: Uint8Array;
  serialNumber: Uint8Array;
  innerAlgorithm: Uint8Array;
  issuer: Uint8Array;
  validity: Uint8Array;
  subject: Uint8Array;
  publicKey: Uint8Array;
  /** One DER Extension each. */
  extensions: Uint8Array[];
  /** Around all extensions, if not what they make. */
  extensionsField: Uint8Array;
  /** Behind the extensions. */
  tbsTail: Uint8Array;
  outerAlgorithm: Uint8Array;
  /** The BIT STRING. */
  signature: Uint8Array;
  tail: Uint8Array;
  /** The key that signs, if it is not of the algorithm's kind. */
  hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
}

/** A certificate for `subject` by `issuer`; a leaf's for HOST unless `changes` say otherwise. */
export function issue(issuer: Party, subject: Party, changes: Partial<Parts> = {}): Uint8Array {
  const { hash = 'sha256', extensions = LEAF_EXTENSIONS, tail = Buffer.alloc(0) } = changes;
  const algorithm = issuer.key.asymmetricKeyType === 'rsa' ? RSA_SHA256 : ECDSA_SHA256;
  const tbs = sequence(
    changes.version ?? explicit(0, integer(2)),
    changes.serialNumber ?? integer(Buffer.from('066c9fcf99bf8c0a39e2f0788a43e696365bca', 'hex')),
    changes.innerAlgorithm ?? algorithm,
    changes.issuer ?? issuer.name,
    changes.validity ?? sequence(time(new Date('2024-01-01T00:00:00Z')), time(new Date('2034-01-01T00:00:00Z'))),
    changes.subject ?? subject.name,
    changes.publicKey ?? publicKeyInfo(subject.key),
    changes.extensionsField ?? explicit(3, sequence(...extensions)),
    changes.tbsTail ?? Buffer.alloc(0),
  );
  const signature = changes.signature ?? bitString(sign(hash, tbs, issuer.key));
  return Uint8Array.from(sequence(tbs, changes.outerAlgorithm ?? changes.innerAlgorithm ?? algorithm, signature, tail));
}

/** A CA's certificate. */
export function issueCa(issuer: Party, subject: Party, changes: Partial<Parts> = {}): Uint8Array {
  return issue(issuer, subject, { extensions: CA_EXTENSIONS, ...changes });
}

/** For the second parameter of `assert.throws()`. */
export function problem(reason: CertificateProblem, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof CertificateError)) throw error;
    if (error.reason !== reason || !message.test(error.message)) {
      throw new Error(`expected ${reason} ${String(message)}, got ${error.reason}: ${error.message}`);
    }
    return true;
  };
}
