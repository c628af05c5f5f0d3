/**
 * The certificates and the key that a board config names: read and checked on the PC, so that a board is never flashed
 * with what it could only fail on.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { decodePem, trustAnchor } from '../../src/index.ts';
import { systemProblem } from '../lib/cli.ts';
import { nameForPeople } from '../lib/names.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import type { BoardConfig } from './config.ts';
import { ConfigError } from './errors.ts';

export interface BoardFiles {
  /** Root certificates, DER. */
  anchors: Uint8Array[];
  /** Device certificate first, DER; empty if the board shows none. */
  certificates: Uint8Array[];
  /** EC P-256 or RSA; null if the board has no certificate. */
  key: KeyObject | null;
}

/**
 * @param boardFile the config's own path, to which the paths in it are relative
 * @param now ms since 1970, against which the certificates' dates are checked; null: they are not
 * @throws ConfigError for what is missing, not PEM, out of date, of an unsupported kind, or does not fit together
 */
export function readBoardFiles(config: BoardConfig, boardFile: string, now: number | null): BoardFiles {
  const { tls } = config;
  const read = (field: string, path: string, remedy: string): Source => {
    const refuse = (problem: string): never => {
      throw new ConfigError(boardFile, field, `${path}: ${problem}`);
    };
    return { text: readPem(resolve(dirname(boardFile), path), refuse, remedy), refuse };
  };
  const ofAws = 'for AWS, copy board/certs/AmazonRootCA1.pem there';
  const anchors = tls.anchors.flatMap((path, i) => readAnchors(read(`tls.anchors[${i}]`, path, ofAws), now));
  if (tls.certificate === undefined || tls.key === undefined) return { anchors, certificates: [], key: null };
  const provision = 'npm run provision makes it';
  const certificates = readDeviceCertificates(read('tls.certificate', tls.certificate, provision), now);
  const key = readDeviceKey(read('tls.key', tls.key, provision), new X509Certificate(certificates[0]), tls.certificate);
  return { anchors, certificates, key };
}

interface Source {
  text: string;
  /** Throws a ConfigError that names the field and the file. */
  refuse: (problem: string) => never;
}

function readPem(path: string, refuse: Source['refuse'], remedy: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return refuse(isMissing ? `not found as ${path}; ${remedy}` : `cannot be read: ${systemProblem(error)}`);
  }
}

function readCertificates({ text, refuse }: Source): { der: Uint8Array; certificate: X509Certificate }[] {
  try {
    return decodePem(text, 'CERTIFICATE').map(({ der }) => ({ der, certificate: new X509Certificate(der) }));
  } catch (error) {
    return refuse(`wanted a certificate in PEM; ${(error as Error).message}`);
  }
}

function readAnchors(source: Source, now: number | null): Uint8Array[] {
  return readCertificates(source).map(({ der, certificate }) => {
    const name = certificate.subject.replaceAll('\n', ', ');
    if (!certificate.ca) source.refuse(`${name} is no certificate authority; wanted a root certificate`);
    checkDates(certificate, source, now, '');
    const problem = unsupportedKey(certificate.publicKey, ['prime256v1', 'secp384r1'], 4096);
    if (problem !== null) source.refuse(`${name} has ${problem}; wanted RSA of 2048 to 4096 bits, EC P-256 or P-384`);
    try {
      // As strictly as the board will read the chain.
      trustAnchor(der, nameForPeople(der));
    } catch (error) {
      source.refuse(`the board cannot use it: ${(error as Error).message}`);
    }
    return der;
  });
}

function readDeviceCertificates(source: Source, now: number | null): Uint8Array[] {
  const certificates = readCertificates(source);
  const { certificate } = certificates[0];
  checkDates(certificate, source, now, '; move it away, and npm run provision makes another');
  // A signature with 4096 bits would take the board half a minute, and the server's patience is less.
  const problem = unsupportedKey(certificate.publicKey, ['prime256v1'], 2048);
  if (problem !== null) source.refuse(`it is for ${problem}; wanted EC P-256, or RSA of 2048 bits`);
  return certificates.map(({ der }) => der);
}

function readDeviceKey({ text, refuse }: Source, certificate: X509Certificate, certificatePath: string): KeyObject {
  if (/ENCRYPTED/.test(text)) refuse('the key is encrypted; wanted a plain one, as openssl pkey writes it');
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch {
    return refuse(
      `wanted a private key in PEM; found ${/-----BEGIN ([A-Z ]+)-----/.exec(text)?.[1] ?? 'no PEM at all'}`,
    );
  }
  if (!certificate.checkPrivateKey(key)) {
    refuse(`does not belong to the certificate in ${certificatePath}; one of the two is another board's`);
  }
  try {
    if (key.asymmetricKeyType === 'rsa') prepareRsaPrivateKey(key);
  } catch (error) {
    refuse(`the board cannot sign with it: ${(error as Error).message}`);
  }
  return key;
}

/** What is wrong with a key for this board, in words; null if nothing is. */
function unsupportedKey(key: KeyObject, curves: string[], mostBits: number): string | null {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec') return curves.includes(namedCurve ?? '') ? null : `an EC key on ${namedCurve}`;
  if (key.asymmetricKeyType !== 'rsa') return `a key of type ${key.asymmetricKeyType}`;
  const bits = modulusLength ?? 0;
  return bits >= 2048 && bits <= mostBits ? null : `an RSA key of ${bits} bits`;
}

function checkDates(certificate: X509Certificate, { refuse }: Source, now: number | null, remedy: string): void {
  if (now === null) return;
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (now > to.getTime())
    refuse(`the certificate expired on ${to.toISOString()}; wanted one that is valid now${remedy}`);
  if (now < from.getTime())
    refuse(`the certificate is valid from ${from.toISOString()} only; is this PC's clock right?`);
}
