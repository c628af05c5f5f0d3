/**
 * Reads the certificates and the key that a board config names, and checks them on the PC, so that no board is
 * flashed with something that could only fail there.
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CertificateError, PemError, trustAnchor } from '../../src/index.ts';
import { systemProblem } from '../lib/cli.ts';
import { nameForPeople } from '../lib/names.ts';
import { certificatesIn, privateKeyIn } from '../lib/pemFile.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import { AMAZON_ROOTS } from './aws.ts';
import { isAws, type BoardConfig } from './config.ts';
import { ConfigError } from './errors.ts';

/** Most root certificates for a board. Amazon's five take 3.0 KB of its heap. */
export const MOST_ANCHORS = 10;

/** Names that stand for several files of this project. */
const ANCHOR_SETS: Readonly<Record<string, readonly string[]>> = {
  aws: AMAZON_ROOTS.map((name) => resolve('board/certs', name)),
};

export function isAnchorSet(name: string): boolean {
  return Object.hasOwn(ANCHOR_SETS, name);
}

export interface BoardFiles {
  /** Root certificates, DER. */
  anchors: Uint8Array[];
  /** The device's certificate first, DER; empty if the board has none. */
  certificates: Uint8Array[];
  /** EC P-256 or RSA; null if the board has no certificate. */
  key: KeyObject | null;
}

/**
 * @param boardFile the path of the config. Paths in the config are relative to it
 * @param now ms since 1970, for checking the dates of the device's certificate; null: they are not checked
 * @throws ConfigError for files that are missing, unreadable, expired, unsupported, or do not fit together
 */
export function readBoardFiles(config: BoardConfig, boardFile: string, now: number | null): BoardFiles {
  const { tls } = config;
  const read = (field: string, path: string, remedy: string): Source => {
    const refuse = (problem: string): never => {
      throw new ConfigError(boardFile, field, `${path}: ${problem}`);
    };
    return { bytes: readBytes(resolve(dirname(boardFile), path), refuse, remedy), refuse };
  };
  const ofBroker = isAws(config)
    ? 'for AWS IoT Core, "aws" stands for all of its roots'
    : "it is to hold the root certificate of the broker's authority";
  const anchors = tls.anchors.flatMap((name, i) =>
    (isAnchorSet(name) ? ANCHOR_SETS[name] : [name]).flatMap((path) =>
      readAnchors(read(`tls.anchors[${i}]`, path, ofBroker)),
    ),
  );
  checkCount(distinct(anchors), boardFile);
  if (tls.certificate === undefined || tls.key === undefined) {
    return { anchors: distinct(anchors), certificates: [], key: null };
  }
  const remedy = isAws(config)
    ? 'npm run provision makes it'
    : 'leave tls.certificate and tls.key out if the broker asks for no certificate';
  const certificates = readDeviceCertificates(read('tls.certificate', tls.certificate, remedy), config, now);
  const key = readDeviceKey(read('tls.key', tls.key, remedy), new X509Certificate(certificates[0]), tls.certificate);
  return { anchors: distinct(anchors), certificates, key };
}

interface Source {
  bytes: Uint8Array;
  /** Throws a ConfigError that names the field and the file. */
  refuse: (problem: string) => never;
}

function readBytes(path: string, refuse: Source['refuse'], remedy: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return refuse(isMissing ? `not found as ${path}; ${remedy}` : `cannot be read: ${systemProblem(error)}`);
  }
}

function readCertificates({ bytes, refuse }: Source): Uint8Array[] {
  let found: Uint8Array[];
  try {
    found = certificatesIn(bytes);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    return refuse(`wanted a certificate in PEM; ${error.message}`);
  }
  return found.map((der, i) => {
    const which = found.length === 1 ? 'the certificate in it' : `certificate ${i + 1} of ${found.length}`;
    try {
      new X509Certificate(der);
    } catch {
      refuse(`${which} cannot be read; is the file damaged?`);
    }
    return der;
  });
}

/** Keeps the anchors that `trustAnchor()` accepts: of an anchor, its name, its key, and whether it may sign count. */
function readAnchors(source: Source): Uint8Array[] {
  const found = readCertificates(source);
  return found.map((der, i) => {
    const name = nameForPeople(der);
    const which = found.length === 1 ? name : `${name} (certificate ${i + 1} of ${found.length})`;
    const refuse = (problem: string): never => source.refuse(`${which} ${problem}`);
    try {
      trustAnchor(der, name);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      if (error.reason === 'not_a_ca' || error.reason === 'wrong_usage') {
        refuse("is no certificate authority; wanted the root certificate of the one that signed the broker's");
      }
      const problem = unsupportedKey(new X509Certificate(der), ['prime256v1', 'secp384r1'], 4096);
      if (problem !== null) refuse(`has ${problem}; wanted RSA of 2048 to 4096 bits, EC P-256 or P-384`);
      refuse(`cannot be used by the board: ${error.message}`);
    }
    return der;
  });
}

function distinct(anchors: Uint8Array[]): Uint8Array[] {
  return anchors.filter((der, i) => anchors.findIndex((other) => Buffer.compare(der, other) === 0) === i);
}

function checkCount(anchors: Uint8Array[], boardFile: string): void {
  if (anchors.length <= MOST_ANCHORS) return;
  throw new ConfigError(
    boardFile,
    'tls.anchors',
    `found ${anchors.length} root certificates; the board has room for ${MOST_ANCHORS}. ` +
      "Leave those of the broker's own authority: npm run doctor names it",
  );
}

function readDeviceCertificates(source: Source, config: BoardConfig, now: number | null): Uint8Array[] {
  const certificates = readCertificates(source);
  const certificate = new X509Certificate(certificates[0]);
  const remedy = isAws(config)
    ? '; move it away, and npm run provision makes another'
    : "; have the broker's authority make a new one";
  checkDates(certificate, source, now, remedy);
  // The board would need half a minute for a signature with 4096 bits, and no server waits that long.
  const problem = unsupportedKey(certificate, ['prime256v1'], 2048);
  if (problem !== null) source.refuse(`it has ${problem}; wanted EC P-256, or RSA of 2048 bits`);
  return certificates;
}

function readDeviceKey({ bytes, refuse }: Source, certificate: X509Certificate, certificatePath: string): KeyObject {
  let key: KeyObject;
  try {
    key = privateKeyIn(bytes);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    return refuse(`wanted a private key in PEM; ${error.message}`);
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

/** Why this board cannot use a certificate's key, in words; null if it can. */
function unsupportedKey(certificate: X509Certificate, curves: string[], mostBits: number): string | null {
  let key: KeyObject;
  try {
    key = certificate.publicKey;
  } catch {
    return 'a key of a kind that this PC does not know';
  }
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
