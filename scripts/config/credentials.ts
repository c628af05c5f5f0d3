/** Converts a config's certificates and key, as read from files, to the forms that our TLS client takes. */
import { type ClientIdentity, trustAnchor, type TrustAnchor } from '../../src/index.ts';
import { nameForPeople } from '../lib/names.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import type { BoardFiles } from './files.ts';

/** @throws CertificateError for an anchor that the board could not use */
export function anchorsOf({ anchors }: BoardFiles): TrustAnchor[] {
  return anchors.map((der) => trustAnchor(der, nameForPeople(der)));
}

/** @returns null if the config names no certificate */
export function identityOf({ certificates, key }: BoardFiles): ClientIdentity | null {
  if (key === null) return null;
  if (key.asymmetricKeyType === 'rsa') return { certificates, key: { type: 'rsa', ...prepareRsaPrivateKey(key) } };
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex');
  return { certificates, key: { type: 'ec', privateKey: BigInt(`0x${scalar}`) } };
}
