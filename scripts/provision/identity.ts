/**
 * Makes a board's key on this PC. It is never sent anywhere. AWS gets a certificate request instead (PKCS #10, RFC 2986),
 * which holds the public key and is signed with the private one.
 */
import { sign, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { PemError } from '../../src/index.ts';
import { encodeKeyPem, encodeName, encodePem, makeKey, publicKeyInfo } from '../lib/certificates.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { bitString, explicit, integer, oid, sequence } from '../lib/der.ts';
import { writePrivateFile } from '../lib/files.ts';
import { nameForPeople } from '../lib/names.ts';
import { certificatesIn, privateKeyIn } from '../lib/pemFile.ts';

/** Characters: ub-common-name of RFC 5280, appendix A.1. A longer name is cut, because AWS IoT does not look at it. */
const LONGEST_COMMON_NAME = 64;

/**
 * Reads the key in a file. If there is no file, makes a P-256 key that only its owner can read.
 * @throws UserError for a file that holds something else
 */
export async function readOrMakeKey(file: string): Promise<{ key: KeyObject; isNew: boolean }> {
  const existing = readKey(file);
  if (existing !== null) return { key: existing, isNew: false };
  const key = await makeKey('ecdsa');
  writePrivateFile(file, encodeKeyPem(key));
  return { key, isNew: true };
}

/** The key in a file; null if there is no such file. @throws UserError for a file that holds something else */
export function readKey(file: string): KeyObject | null {
  if (!existsSync(file)) return null;
  try {
    return privateKeyIn(readBytes(file));
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new UserError(
      `${file}: wanted a private key in PEM; ${error.message}. Or move the file away to have a new key made`,
    );
  }
}

/**
 * The certificate in a file; null if there is no such file.
 * @throws UserError unless it is a device's certificate, for this key, and valid now
 */
export function readCertificate(file: string, key: KeyObject, keyFile: string): X509Certificate | null {
  if (!existsSync(file)) return null;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(certificatesIn(readBytes(file))[0]);
  } catch (error) {
    const found = error instanceof PemError ? error.message : 'found a damaged one';
    throw new UserError(`${file}: wanted a certificate in PEM, the text from -----BEGIN CERTIFICATE----- on; ${found}`);
  }
  if (certificate.ca) {
    const name = nameForPeople(certificate.raw);
    throw new UserError(`${file}: found the certificate of an authority, ${name}; wanted the device's own`);
  }
  if (!certificate.checkPrivateKey(key)) {
    throw new UserError(`${file}: the certificate is not for the key in ${keyFile}; one of the two is another board's`);
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw new UserError(`${file}: the certificate expired on ${certificate.validTo}; move it away to have a new one`);
  }
  if (Date.parse(certificate.validFrom) > Date.now()) {
    throw new UserError(
      `${file}: the certificate is valid from ${certificate.validFrom} only; is this PC's clock right?`,
    );
  }
  return certificate;
}

/**
 * A certificate request in PEM.
 * @throws UserError for a key that is not on P-256
 */
export function makeRequest(key: KeyObject, keyFile: string, commonName: string): string {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new UserError(`${keyFile}: found a key that is not on P-256; move it away to have a new one made`);
  }
  const information = sequence(
    integer(0),
    encodeName({ CN: commonName.slice(0, LONGEST_COMMON_NAME) }),
    publicKeyInfo(key),
    // No attributes: an empty SET.
    explicit(0),
  );
  const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
  const request = sequence(information, ecdsaWithSha256, bitString(sign('sha256', information, key)));
  return encodePem('CERTIFICATE REQUEST', request);
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${systemProblem(error)}`);
  }
}
