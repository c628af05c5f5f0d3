/** A board's files on this PC: its config, and the key and certificate beside it that provisioning makes. */
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Topics } from '../../firmware/topics.ts';
import { checkBoardConfig, readBoardConfig, type BoardConfig } from '../config/config.ts';
import { isAnchorSet, readBoardFiles } from '../config/files.ts';
import { topicsOf } from '../config/topics.ts';
import { identityFiles } from '../lib/boardPaths.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { makeFolder, writePrivateFile } from '../lib/files.ts';
import { setInJson } from './jsonText.ts';

/** In a folder that has only one board, as in a fleet. */
const CERTIFICATE = 'certs/device.crt.pem';
const KEY = 'certs/device.key.pem';
const EXAMPLE = 'config.example.json';

export interface Board {
  file: string;
  config: BoardConfig;
  topics: Topics;
  /** The paths of the certificate and the key. */
  certificateFile: string;
  keyFile: string;
}

/** @throws ConfigError, UserError for a key that belongs to another board */
export function readBoard(file: string): Board {
  const config = readBoardConfig(file);
  const { certificate, key } = { ...identityFiles(file, config.thing), ...config.tls };
  const keyFile = join(dirname(file), key);
  refuseSharedKey(file, config.thing, keyFile);
  return {
    file,
    config,
    topics: topicsOf(config),
    certificateFile: join(dirname(file), certificate),
    keyFile,
  };
}

/** Refuses a config that was copied from another in the same folder, and so names the other board's key. */
function refuseSharedKey(file: string, thing: string, keyFile: string): void {
  const folder = dirname(file);
  const own = identityFiles(file, thing);
  // Then the other config is the copy.
  if (resolve(folder, own.key) === resolve(keyFile)) return;
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.json') || name === basename(file) || name === EXAMPLE) continue;
    const other = namesIn(join(folder, name));
    if (other === null || other.thing === thing || resolve(folder, other.key) !== resolve(keyFile)) continue;
    throw new UserError(
      `${file}: tls.key: found ${other.key}, which is the key of ${other.thing} in ${name}; ` +
        `wanted one of its own: set tls.key to ${own.key} and tls.certificate to ${own.certificate}`,
    );
  }
}

/** The thing's name and the key's path in a config, if they can be read; null for another file. */
function namesIn(file: string): { thing: string; key: string } | null {
  try {
    const { thing, tls } = JSON.parse(readFileSync(file, 'utf8')) as { thing?: unknown; tls?: { key?: unknown } };
    return typeof thing === 'string' && typeof tls?.key === 'string' ? { thing, key: tls.key } : null;
  } catch {
    return null;
  }
}

/**
 * Writes the results of provisioning into the config, and changes nothing else. First it checks config and files as the
 * build will.
 * @param host the endpoint; without it the config's stays
 * @param place writes another certificate, once that has been checked too
 * @returns whether the config had to be changed
 */
export function completeConfig(
  board: Board,
  host: string | undefined,
  place?: { certificate: string; write: () => void },
): boolean {
  const before = readFileSync(board.file, 'utf8');
  const { tls, endpoint } = board.config;
  let text = before;
  if (host !== undefined && host !== endpoint.host) text = setInJson(text, ['endpoint', 'host'], host);
  if (tls.certificate === undefined) {
    const { certificate, key } = identityFiles(board.file, board.config.thing);
    text = setInJson(setInJson(text, ['tls', 'certificate'], certificate), ['tls', 'key'], key);
  }
  const config = checkBoardConfig(JSON.parse(text), board.file);
  const checked = place === undefined ? config.tls : { ...config.tls, certificate: resolve(place.certificate) };
  readBoardFiles({ ...config, tls: checked }, board.file, Date.now());
  place?.write();
  if (text !== before) writePrivateFile(board.file, text);
  return text !== before;
}

/**
 * Writes the configs of a fleet, `<folder>/<thing>/config.json` each, as copies of one config. Existing configs are not
 * changed.
 * @returns the files of the configs
 * @throws ConfigError, UserError
 */
export function layOutFleet(template: string, folder: string, things: readonly string[]): string[] {
  const config = readBoardConfig(template);
  const text = readFileSync(template, 'utf8');
  return things.map((thing) => {
    const file = join(folder, thing, 'config.json');
    if (existsSync(file)) {
      const found = readBoardConfig(file).thing;
      if (found !== thing) throw new UserError(`${file}: thing: found '${found}', expected '${thing}'`);
      return file;
    }
    const anchors = config.tls.anchors.map((name) => (isAnchorSet(name) ? name : `certs/${basename(name)}`));
    const own: [string[], unknown][] = [
      [['thing'], thing],
      [['tls', 'anchors'], anchors],
      [['tls', 'certificate'], CERTIFICATE],
      [['tls', 'key'], KEY],
    ];
    if (/"\$schema"/.test(text)) own.push([['$schema'], schemaFrom(dirname(file))]);
    const ownText = own.reduce((result, [path, value]) => setInJson(result, path, value), text);
    checkBoardConfig(JSON.parse(ownText), file);
    for (const [i, path] of config.tls.anchors.entries()) {
      if (!isAnchorSet(path)) copy(resolve(dirname(template), path), join(dirname(file), anchors[i]));
    }
    writePrivateFile(file, ownText);
    return file;
  });
}

function schemaFrom(folder: string): string {
  const path = relative(folder, 'board/config.schema.json').replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

function copy(from: string, to: string): void {
  try {
    makeFolder(dirname(to));
    copyFileSync(from, to);
  } catch (error) {
    throw new UserError(`cannot copy ${from} to ${to}: ${systemProblem(error)}`);
  }
}
