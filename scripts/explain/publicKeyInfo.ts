/** A public key as SubjectPublicKeyInfo in DER (RFC 5280, section 4.1.2.7), which openssl reads. */
import { concat, fromHex } from '../../src/bytes/encoding.ts';
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import type { PublicKey } from '../../src/index.ts';

const RSA_ENCRYPTION = fromHex('300d06092a864886f70d0101010500');
const EC_P256 = fromHex('301306072a8648ce3d020106082a8648ce3d030107');
const EC_P384 = fromHex('301006072a8648ce3d020106052b81040022');

export function encodePublicKey(key: PublicKey): Uint8Array {
  if (key.type === 'ec') return info(key.curve === 'P-256' ? EC_P256 : EC_P384, key.point);
  const exponent = bigIntToBytes(BigInt(key.exponent), 4);
  return info(RSA_ENCRYPTION, element(0x30, concat(integer(key.modulus), integer(exponent))));
}

function info(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  return element(0x30, concat(algorithm, element(0x03, concat(new Uint8Array(1), key))));
}

/** A number that is not negative. */
function integer(bytes: Uint8Array): Uint8Array {
  const digits = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
  return element(0x02, digits[0] < 0x80 ? digits : concat(new Uint8Array(1), digits));
}

/** Tag, length in its shortest form, contents. */
function element(tag: number, contents: Uint8Array): Uint8Array {
  const { length } = contents;
  const prefix = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return concat(new Uint8Array([tag, ...prefix]), contents);
}
