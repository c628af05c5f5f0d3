/** Converts the settings to the forms that TLS works with. */
import type { ClientIdentity, PublicKey, TrustAnchor } from '../src/index.ts';
import { bytesToBigInt } from '../src/bytes/bigint.ts';
import { fromBase64 } from './kaluma/base64.ts';
import type { AnchorSettings, IdentitySettings } from './settings.ts';

export function decodeAnchors(anchors: readonly AnchorSettings[]): TrustAnchor[] {
  return anchors.map(({ subject, publicKey, ...others }) => ({
    ...others,
    subject: fromBase64(subject),
    publicKey: decodeKey(publicKey),
  }));
}

export function decodeIdentity(identity: IdentitySettings | null): ClientIdentity | null {
  return (
    identity && {
      certificates: identity.certificates.map((certificate) => fromBase64(certificate)),
      key: decodePrivateKey(identity.key),
    }
  );
}

function decodePrivateKey(key: IdentitySettings['key']): ClientIdentity['key'] {
  if (key.type === 'ec') return { type: 'ec', privateKey: number(key.privateKey) };
  const { type, length, exponent } = key;
  const [p, q, dP, dQ, qInv] = [key.p, key.q, key.dP, key.dQ, key.qInv].map(number);
  return { type, length, exponent, p, q, dP, dQ, qInv };
}

function decodeKey(key: AnchorSettings['publicKey']): PublicKey {
  return key.type === 'rsa'
    ? { type: 'rsa', modulus: fromBase64(key.modulus), exponent: key.exponent }
    : { type: 'ec', curve: key.curve, point: fromBase64(key.point) };
}

function number(base64: string): bigint {
  return bytesToBigInt(fromBase64(base64));
}
