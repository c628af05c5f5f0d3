/**
 * SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7): RSA of 2048 to 4096 bits (RFC 3279, section 2.3.1), or a point on
 * P-256 or P-384, named and uncompressed (RFC 5480, section 2).
 */
import { toBinaryString } from '../bytes/encoding.ts';
import type { EcCurve } from '../crypto/curve.ts';
import type { RsaPublicKey } from '../crypto/rsa.ts';
import { type DerReader, note } from './der.ts';
import { refuse } from './errors.ts';

/** `point` is 04 || X || Y: 65 bytes on P-256, 97 on P-384; whether it lies on the curve is not known yet. */
export type PublicKey = ({ type: 'rsa' } & RsaPublicKey) | { type: 'ec'; curve: EcCurve; point: Uint8Array };

/** rsaEncryption, 1.2.840.113549.1.1.1, with the parameters NULL that RFC 3279 demands. */
const RSA_ENCRYPTION = '\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00';
/** id-ecPublicKey, 1.2.840.10045.2.1; the named curve follows. */
const EC_PUBLIC_KEY = '\x06\x07\x2a\x86\x48\xce\x3d\x02\x01';

/** Reads a SubjectPublicKeyInfo. @throws CertificateError 'malformed', 'unsupported' or 'weak' */
export function readPublicKey(reader: DerReader): PublicKey {
  reader.enter();
  TRACE: note(reader, 'subjectPublicKeyInfo');
  const contents = reader.contents();
  TRACE: note(reader, 'algorithm');
  const algorithm = toBinaryString(contents);
  let key: PublicKey;
  if (algorithm === RSA_ENCRYPTION) key = readRsaKey(reader);
  else if (algorithm === EC_PUBLIC_KEY + '\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07')
    key = readEcKey(reader, 'P-256', 65);
  else if (algorithm === EC_PUBLIC_KEY + '\x06\x05\x2b\x81\x04\x00\x22') key = readEcKey(reader, 'P-384', 97);
  else refuse('unsupported', reader.what, 'expected a key for RSA, P-256 or P-384');
  reader.leave();
  return key;
}

/** An RSAPublicKey (RFC 8017, section A.1.1) in a BIT STRING. */
function readRsaKey(reader: DerReader): PublicKey {
  const { what } = reader;
  reader.enterBits();
  TRACE: note(reader, 'subjectPublicKey');
  reader.enter();
  TRACE: note(reader, 'RSAPublicKey');
  const n = reader.unsigned();
  TRACE: note(reader, 'modulus');
  const e = reader.unsigned();
  TRACE: note(reader, 'publicExponent');
  reader.leave();
  reader.leave();
  // Behind its 00, the modulus of a key of whole octets has its top bit set.
  const modulus = n.subarray(n[0] === 0 ? 1 : 0);
  const { length } = modulus;
  if (length < 256 || (length === 256 && n[0] !== 0)) refuse('weak', what, 'expected RSA of 2048 bits');
  if (length > 512 || n[0] !== 0 || e.length > 4) refuse('unsupported', what, 'RSA beyond 4096 bits, or odd size');
  let exponent = 0;
  for (const octet of e) exponent = exponent * 256 + octet;
  // SP 800-89, section 5.3.3 wants both odd; with e = 1 a signature would be its own message.
  if ((modulus[length - 1] & exponent & 1) === 0 || exponent === 1) reader.fail('odd n, e > 1');
  return { type: 'rsa', modulus, exponent };
}

/** An uncompressed point (SEC 1, section 2.3.3) of `length` bytes. */
function readEcKey(reader: DerReader, curve: EcCurve, length: number): PublicKey {
  const point = reader.bits();
  TRACE: note(reader, 'subjectPublicKey');
  if (point.length !== length || point[0] !== 4) reader.fail(`04 and ${length - 1} bytes`);
  return { type: 'ec', curve, point };
}
