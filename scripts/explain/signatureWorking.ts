/**
 * Both kinds of signature are an equation whose two sides anybody can compute, and only the owner of the private key can make
 * equal. Each side is computed by the code that the board verifies with.
 */
import { bigIntToBytes, bytesToBigInt } from '../../src/bytes/bigint.ts';
import { curveOf, type EcCurve } from '../../src/crypto/curve.ts';
import { digestSteps } from '../../src/crypto/hashName.ts';
import { encodePkcs1 } from '../../src/crypto/rsa.ts';
import { power, RsaModulus } from '../../src/crypto/rsaModulus.ts';
import { sumOfMultiples } from '../../src/crypto/scalarMultiplication.ts';
import { finish, type PublicKey } from '../../src/index.ts';
import { type SignatureAlgorithm, verifySignature } from '../../src/x509/signature.ts';
import { type Command, ecdsaCommand, rsaCommand, verifyCommand } from './commands.ts';
import { ecdsaPair } from './ecdsaPair.ts';
import { encodePublicKey } from './publicKeyInfo.ts';
import type { Working } from './working.ts';

export interface SignedThing {
  key: PublicKey;
  algorithm: SignatureAlgorithm;
  signed: Uint8Array;
  /** The name of `signed` in formulas. */
  signedName: string;
  signature: Uint8Array;
}

type Parts = Pick<Working, 'formula' | 'result' | 'expected' | 'commands'> & {
  /** The inputs besides the signature; the key is a SubjectPublicKeyInfo. */
  inputs: { hash: string; digest: Uint8Array; key: Uint8Array };
};

/** The parts of a working that all signatures have in common. */
export function signatureWorking({ key, algorithm, signed, signedName, signature }: SignedThing): Parts {
  const { hash } = algorithm;
  const digest = finish(digestSteps(hash, signed));
  const info = encodePublicKey(key);
  const isRight = finish(verifySignature(key, algorithm, digest, signature));
  const sides = key.type === 'rsa' ? rsaSides(key, hash, digest, signature) : ecdsaSides(key, digest, signature);
  const fingerprint = `${hash}(${signedName})`;
  return {
    formula:
      key.type === 'rsa'
        ? `signature^${key.exponent} mod n = 00 01 ff … ff 00, the name of ${hash}, ${fingerprint}`
        : `X of (${fingerprint} / s)·G + (r / s)·Q = r, where signature is r and s, and Q the public key`,
    inputs: { hash, digest, key: info },
    result: { name: sides?.name ?? 'signature', bytes: sides?.left ?? null, isRight },
    expected: sides === null ? null : { name: sides.expected, bytes: sides.right },
    commands: [...(sides?.commands ?? []), verifyCommand(hash, info, signed, signature)],
  };
}

/** Both sides of the equation, and what they are. */
interface Sides {
  name: string;
  left: Uint8Array;
  expected: string;
  right: Uint8Array;
  commands: Command[];
}

/** Null for a signature that is no number below n. */
function rsaSides(
  { modulus, exponent }: Extract<PublicKey, { type: 'rsa' }>,
  hash: SignatureAlgorithm['hash'],
  digest: Uint8Array,
  signature: Uint8Array,
): Sides | null {
  const [n, s] = [bytesToBigInt(modulus), bytesToBigInt(signature)];
  if (s >= n) return null;
  const { length } = modulus;
  const left = bigIntToBytes(finish(power(new RsaModulus(n, n.toString(2).length), s, exponent)), length);
  return {
    name: `signature^${exponent} mod n`,
    left,
    expected: 'what it must be: padding, the name of the hash, the hash',
    right: bigIntToBytes(encodePkcs1(hash, digest, length), length),
    commands: [rsaCommand(modulus, exponent, signature, left)],
  };
}

/** Null for a signature that is no pair of numbers. */
function ecdsaSides(
  { curve, point }: Extract<PublicKey, { type: 'ec' }>,
  digest: Uint8Array,
  signature: Uint8Array,
): Sides | null {
  const pair = ecdsaPair(signature);
  const x = pair === null ? null : sumX(curve, point, digest, pair);
  if (pair === null || x === null) return null;
  const { length } = curveOf(curve).scalars;
  const left = bigIntToBytes(x, length);
  return {
    name: 'X of that point, modulo n',
    left,
    expected: 'r, the first half of the signature',
    right: bigIntToBytes(pair.r, length),
    commands: [ecdsaCommand(curve, point, digest, pair, left)],
  };
}

/** X of (digest/s)·G + (r/s)·Q modulo n (FIPS 186-5, section 6.4.2); null if it is O. */
function sumX(
  curve: EcCurve,
  point: Uint8Array,
  digest: Uint8Array,
  { r, s }: { r: bigint; s: bigint },
): bigint | null {
  const parameters = curveOf(curve);
  const { field, scalars, base } = parameters;
  const inverse = scalars.invert(s);
  const { x, z } = finish(
    sumOfMultiples(parameters, [
      [scalars.multiply(inverse, bytesToBigInt(digest.subarray(0, scalars.length))), base],
      [scalars.multiply(inverse, r), parameters.decode(point)],
    ]),
  );
  if (z === 0n) return null;
  const square = field.leave(field.reduce(z * z));
  return field.multiply(field.leave(x), field.invert(square)) % scalars.value;
}
