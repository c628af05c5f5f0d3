/** The settings in the forms that TLS works with. */
import type { PublicKey } from '../src/x509/publicKey.ts';
import type { TrustAnchor } from '../src/x509/anchor.ts';
import { bytesToBigInt } from '../src/crypto/bigint.ts';
import type { ClientIdentity } from '../src/tls/prepare.ts';
import { fromBase64 } from './kaluma/base64.ts';
import { programText } from './kaluma/program.ts';
import type { AnchorSettings, IdentitySettings, StoredBytes } from './settings.ts';

export function decodeAnchors(anchors: readonly AnchorSettings[]): TrustAnchor[] {
  return anchors.map(({ name, subject, publicKey }) => ({
    name,
    subject: bytes(subject),
    publicKey: decodeKey(publicKey),
  }));
}

export function decodeIdentity(identity: IdentitySettings | null): ClientIdentity | null {
  return identity && { certificates: identity.certificates.map(bytes), key: decodePrivateKey(identity.key) };
}

function decodePrivateKey(key: IdentitySettings['key']): ClientIdentity['key'] {
  if (key.type === 'ec') return key;
  const { type, length, exponent } = key;
  const [p, q, dP, dQ, qInv] = [key.p, key.q, key.dP, key.dQ, key.qInv].map((number) => bytesToBigInt(bytes(number)));
  return { type, length, exponent, p, q, dP, dQ, qInv };
}

function decodeKey(key: AnchorSettings['publicKey']): PublicKey {
  return key.type === 'rsa'
    ? { type: 'rsa', modulus: bytes(key.modulus), exponent: key.exponent }
    : { type: 'ec', curve: key.curve, point: bytes(key.point) };
}

function bytes([start, length]: StoredBytes): Uint8Array {
  return fromBase64(programText(start, length));
}
