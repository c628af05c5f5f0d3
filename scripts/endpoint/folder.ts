/**
 * The folder of the local endpoint. It holds throw-away certificates, which are made at the first run and used again
 * later, so that a board flashed for them stays valid, and a board config that fits them.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isIPv4 } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { checkBoardConfig, type BoardConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { parseJson, readUtf8 } from '../config/json.ts';
import { telemetryTopic } from '../config/topics.ts';
import {
  encodeKeyPem,
  encodePem,
  makeDeviceIdentity,
  makeServerChain,
  THROW_AWAY,
  type ServerChainKind,
} from '../lib/certificates.ts';
import { EXIT, systemProblem, UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { isObject } from '../lib/json.ts';
import { WATCHER } from '../watch/identity.ts';

const DAY = 24 * 60 * 60 * 1000;
const THING = 'kitchen-1';
/** The simulated board's network. No real board can find it. */
const WIFI = { ssid: 'kitchen', password: 'correct horse' };

export interface EndpointFolder {
  host: string;
  /** PEM, as `Endpoint.start` takes them. */
  key: string;
  chain: string;
  deviceAuthority: string;
  /** The root certificate that boards should trust, PEM. */
  anchorFile: string;
  boardFile: string;
  /** Writes `boardFile` for the endpoint's actual port. Other changes that a person has made in it stay. */
  writeBoardConfig(port: number, intervalSeconds: number): BoardConfig;
}

/**
 * @param host name in the server's certificate; unless given, the one that is there already, or this machine's
 * @param leafDays how long the server's certificate lives; one that is there is made anew if it has another lifetime
 * @throws UserError if the folder cannot be used, or holds certificates that were not made here
 */
export async function prepareFolder(options: {
  folder: string;
  kind: ServerChainKind;
  host: string | undefined;
  leafDays?: number | undefined;
}): Promise<EndpointFolder> {
  const { folder, kind, leafDays } = options;
  const device = fileSet(folder, 'device.key.pem', 'device.crt.pem', 'device-authority.crt.pem');
  // `npm run watch -- --board board.json` looks for them under these names.
  const watcher = fileSet(folder, 'watcher.key.pem', 'watcher.crt.pem', 'watcher-authority.crt.pem');
  const server = fileSet(folder, `server-${kind}.key.pem`, `server-${kind}.crt.pem`, `root-${kind}.crt.pem`);
  const boardFile = join(folder, 'board.json');
  const host =
    options.host ??
    server.read()?.certificate.subjectAltName?.match(/(?:DNS|IP Address):([^,*]+)/)?.[1] ??
    machineName();
  const settings = boardSettings(boardFile, kind);
  // A name that no config may have is refused before any file is written.
  try {
    settings(host, 8883, 60);
  } catch (error) {
    const isGiven = options.host !== undefined && error instanceof ConfigError && error.field === 'endpoint.host';
    throw isGiven ? new UserError(`--host: ${error.problem}`, EXIT.usage) : error;
  }

  for (const [files, thing, authorityKind] of [
    [device, THING, 'rsa'],
    [watcher, WATCHER, 'ecdsa'],
  ] as const) {
    if (files.read() !== null) continue;
    const { key, certificate, authority } = await makeDeviceIdentity({ thing, authorityKind });
    files.write(encodeKeyPem(key), [certificate], authority);
  }
  const found = server.read();
  const isUsable = ({ certificate }: { certificate: X509Certificate }): boolean =>
    isFor(certificate, host) && (leafDays === undefined || lifetime(certificate) === leafDays);
  if (found === null || !isUsable(found)) {
    const { key, certificates, anchor } = await makeServerChain({ ...SHAPES[kind], leafDays, host });
    server.write(encodeKeyPem(key), certificates, anchor);
  }
  return {
    host,
    key: readFileSync(server.key, 'utf8'),
    chain: readFileSync(server.certificates, 'utf8'),
    anchorFile: server.authority,
    deviceAuthority: readFileSync(device.authority, 'utf8') + readFileSync(watcher.authority, 'utf8'),
    boardFile,
    writeBoardConfig(port, intervalSeconds) {
      const { text, config } = settings(host, port, intervalSeconds);
      if (!existsSync(boardFile) || readFileSync(boardFile, 'utf8') !== text) writePrivateFile(boardFile, text);
      return config;
    },
  };
}

/** The options for `makeServerChain`. */
const SHAPES = {
  rsa: { kind: 'rsa', age: 'today' },
  ecdsa: { kind: 'ecdsa', age: 'today' },
  'rsa-4': { kind: 'rsa', age: 'today', isFourSent: true },
  old: { kind: 'rsa', age: 'old' },
  p384: { kind: 'p384', age: 'today' },
  rsa4096: { kind: 'rsa4096', age: 'today' },
} as const satisfies Record<ServerChainKind, object>;

/** In days. */
function lifetime({ validFrom, validTo }: X509Certificate): number {
  return Math.round((Date.parse(validTo) - Date.parse(validFrom)) / DAY);
}

function isFor(certificate: X509Certificate, host: string): boolean {
  return (isIPv4(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

/** Whether the board config still has the simulated board's network. */
export function isPlaceholderWifi({ wifi }: BoardConfig): boolean {
  return wifi.ssid === WIFI.ssid && wifi.password === WIFI.password;
}

interface FileSet {
  key: string;
  certificates: string;
  authority: string;
  /** The first certificate; null if the files do not exist, or the certificate expires within a day. */
  read(): { certificate: X509Certificate } | null;
  write(key: string, certificates: Uint8Array[], authority: Uint8Array): void;
}

/** Three files: a key, its certificates, and the authority that signed them. Either all exist or none. */
function fileSet(folder: string, ...names: [string, string, string]): FileSet {
  const [key, certificates, authority] = names.map((name) => join(folder, name));
  return {
    key,
    certificates,
    authority,
    read() {
      const present = [key, certificates, authority].filter((file) => existsSync(file));
      if (present.length === 0) return null;
      if (present.length < 3) {
        throw new UserError(`${present[0]} is there, but not all of ${names.join(', ')}; choose another folder`);
      }
      const certificate = readPair(key, certificates);
      return Date.parse(certificate.validTo) > Date.now() + DAY ? { certificate } : null;
    },
    write(keyText, chain, signer) {
      writePrivateFile(key, keyText);
      writePrivateFile(certificates, chain.map((der) => encodePem('CERTIFICATE', der)).join(''));
      writePrivateFile(authority, encodePem('CERTIFICATE', signer));
    },
  };
}

/** Reads a certificate of ours and its key. Refuses a person's own, which must not be replaced when they expire. */
function readPair(keyFile: string, certificateFile: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(readFileSync(certificateFile));
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))))
      throw new Error('the key does not fit the certificate');
  } catch (error) {
    throw new UserError(
      `${certificateFile} and its key cannot be used: ${systemProblem(error)}; choose another folder`,
    );
  }
  if (certificate.issuer.includes(THROW_AWAY)) return certificate;
  throw new UserError(`${certificateFile} was not made by this command; choose another folder`);
}

/** The board config to write: the existing one with this endpoint in it, or a new one. */
function boardSettings(
  file: string,
  kind: ServerChainKind,
): (host: string, port: number, intervalSeconds: number) => { text: string; config: BoardConfig } {
  const existing = existsSync(file) ? readObject(file) : null;
  return (host, port, intervalSeconds) => {
    const ours = {
      endpoint: { host, port },
      tls: { anchors: [`root-${kind}.crt.pem`], certificate: 'device.crt.pem', key: 'device.key.pem' },
    };
    const value = {
      $schema: relative(resolve(file, '..'), resolve('board/config.schema.json')).replaceAll('\\', '/'),
      thing: THING,
      wifi: WIFI,
      ...ours,
      ...(existing === null || !('sensors' in existing) ? { sensor: { type: 'rp2040', offsetCelsius: 0 } } : {}),
      telemetry: { topic: 'kitchen/{thing}/temperature', intervalSeconds },
      ...existing,
      ...ours,
    };
    const config = checkBoardConfig(value, file);
    if (config.thing !== THING) {
      throw new UserError(`${file}: thing: found '${config.thing}'; the certificate here is for '${THING}'`);
    }
    if (!telemetryTopic(config).split('/').includes(THING)) {
      throw new UserError(`${file}: telemetry.topic: the endpoint takes topics with {thing} between slashes only`);
    }
    return { text: `${JSON.stringify(value, null, 2)}\n`, config };
  };
}

function readObject(file: string): object {
  let text: string;
  try {
    text = readUtf8(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be used: ${systemProblem(error)}`);
  }
  const value = parseJson(file, text);
  if (isObject(value)) return value;
  throw new UserError(`${file} cannot be used: it holds no JSON object`);
}

/** This machine's name if it can be in a certificate and in DNS; otherwise a name that can. */
function machineName(): string {
  const name = hostname().toLowerCase();
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name) && /[a-z]/.test(name)
    ? name
    : 'endpoint.test';
}
