/**
 * C2SP's Wycheproof (https://github.com/C2SP/wycheproof): WYCHEPROOF names a directory that holds files of its
 * testvectors_v1; without it, and for a file that is not in it, there is nothing to run.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { concat, fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Aes128Gcm } from '../../src/crypto/aesGcm.ts';
import { bytesToBigInt } from '../../src/bytes/bigint.ts';
import type { EcCurve } from '../../src/crypto/curve.ts';
import { verifyEcdsa } from '../../src/crypto/ecdsa.ts';
import { CryptoError } from '../../src/crypto/errors.ts';
import { type HashName } from '../../src/crypto/hashName.ts';
import { sharedSecret } from '../../src/crypto/ecdh.ts';
import { verifyRsaPkcs1 } from '../../src/crypto/rsa.ts';
import { finish } from '../../src/steps.ts';
import { DerReader } from '../../src/x509/der.ts';
import { CertificateError } from '../../src/x509/errors.ts';
import { readPublicKey } from '../../src/x509/publicKey.ts';
import { ACCEPTABLE_REFUSED, GCM_NOT_RUN } from './deviations.ts';

interface Vector {
  tcId: number;
  comment: string;
  flags: string[];
  result: 'valid' | 'invalid' | 'acceptable';
}

interface File<G, V> {
  testGroups: (G & { tests: (V & Vector)[] })[];
}

/**
 * Runs the vectors of a file, and compares the results with those that it gives.
 * @param runs whether a group's parameters are any of ours
 * @param accepts whether a vector's input is taken, and gives the output that the file has
 */
function wycheproof<G, V>(file: string, accepts: (group: G, vector: V) => boolean, runs: (group: G) => boolean): void {
  const directory = process.env.WYCHEPROOF;
  const path = join(directory ?? '', file);
  const skip =
    directory === undefined ? 'WYCHEPROOF names no directory' : existsSync(path) ? false : `${path} does not exist`;
  test(`every vector of Wycheproof’s ${file} gets its answer`, { skip }, (t) => {
    const { testGroups } = JSON.parse(readFileSync(path, 'utf8')) as File<G, V>;
    const wrong: string[] = [];
    let total = 0;
    let run = 0;
    for (const group of testGroups) {
      total += group.tests.length;
      if (!runs(group)) continue;
      for (const vector of group.tests) {
        const { tcId, comment, result, flags } = vector;
        run += 1;
        const isExplained = result !== 'acceptable' || ACCEPTABLE_REFUSED.some(({ flag }) => flags.includes(flag));
        const differs = accepts(group, vector) !== (result === 'valid');
        if (differs || !isExplained) wrong.push(`${tcId}, ${result}: ${comment} (${flags.join()})`);
      }
    }
    assert.ok(run > 0, 'no vector was run');
    assert.deepEqual(wrong, []);
    t.diagnostic(`${run} vectors run of ${total}`);
  });
}

/** @returns what `compute` does, or null if it refuses its input with an error of ours */
function orNull<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch (error) {
    if (error instanceof CryptoError || error instanceof CertificateError) return null;
    throw error;
  }
}

wycheproof(
  'aes_gcm_test.json',
  (
    { tagSize }: { keySize: number; ivSize: number; tagSize: number },
    { key, iv, aad, msg, ct, tag }: Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>,
  ) => {
    assert.equal(tagSize, 128);
    const cipher = new Aes128Gcm(fromHex(key));
    const sealed = finish(cipher.seal(fromHex(iv), fromHex(aad), fromHex(msg)));
    const opened = finish(cipher.open(fromHex(iv), fromHex(aad), fromHex(ct + tag)));
    assert.equal(toHex(sealed) === ct + tag, opened !== null, 'seal() and open() disagree');
    return opened !== null && toHex(opened) === msg;
  },
  (group) => !GCM_NOT_RUN.some(({ applies }) => applies(group)),
);

interface Agreement {
  public: string;
  private: string;
  shared: string;
}

function agrees(curve: EcCurve, point: Uint8Array | null, vector: Agreement): boolean {
  const shared =
    point && orNull(() => finish(sharedSecret(curve, bytesToBigInt(fromHex(evenHex(vector.private))), point)));
  return shared !== null && toHex(shared) === vector.shared;
}

function evenHex(text: string): string {
  return text.length % 2 === 0 ? text : `0${text}`;
}

for (const [curve, name] of [
  ['P-256', 'secp256r1'],
  ['P-384', 'secp384r1'],
] as const) {
  wycheproof(
    `ecdh_${name}_ecpoint_test.json`,
    (_, vector: Agreement) => agrees(curve, fromHex(evenHex(vector.public)), vector),
    () => true,
  );

  /** The same keys as the SubjectPublicKeyInfo of a certificate would bring them. */
  wycheproof(
    `ecdh_${name}_test.json`,
    (_, vector: Agreement) => {
      const key = orNull(() => {
        const reader = new DerReader(fromHex(evenHex(vector.public)), 'key');
        const read = readPublicKey(reader);
        reader.end();
        return read;
      });
      return agrees(curve, key?.type === 'ec' && key.curve === curve ? key.point : null, vector);
    },
    () => true,
  );
}

interface Signed {
  msg: string;
  sig: string;
}

for (const [curve, hash, name] of [
  ['P-256', 'sha256', 'secp256r1_sha256'],
  ['P-256', 'sha512', 'secp256r1_sha512'],
  ['P-384', 'sha256', 'secp384r1_sha256'],
  ['P-384', 'sha384', 'secp384r1_sha384'],
  ['P-384', 'sha512', 'secp384r1_sha512'],
] as const) {
  wycheproof(
    `ecdsa_${name}_test.json`,
    ({ publicKey }: { publicKey: { uncompressed: string } }, { msg, sig }: Signed) => {
      const digest = createHash(hash).update(fromHex(msg)).digest();
      return orNull(() => finish(verifyEcdsa(curve, fromHex(publicKey.uncompressed), digest, fromHex(sig)))) === true;
    },
    () => true,
  );
}

for (const size of [2048, 3072, 4096]) {
  for (const hash of ['SHA-256', 'SHA-384', 'SHA-512'] as HashName[]) {
    const short = hash.replace('-', '').toLowerCase();
    wycheproof(
      `rsa_signature_${size}_${short}_test.json`,
      ({ publicKeyDer }: { publicKeyDer: string }, { msg, sig }: Signed) => {
        const key = readPublicKey(new DerReader(fromHex(publicKeyDer), 'key'));
        assert.ok(key.type === 'rsa');
        const digest = createHash(short).update(fromHex(msg)).digest();
        return finish(verifyRsaPkcs1(key, hash, concat(digest), fromHex(sig)));
      },
      () => true,
    );
  }
}
