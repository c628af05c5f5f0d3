/** A board's files on this PC: its config, and beside it the key and the certificate that are to be provided. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { boardTopics, type Topics } from '../../firmware/topics.ts';
import { checkBoardConfig, readBoardConfig, telemetryTopic, type BoardConfig } from '../config/config.ts';
import { readBoardFiles } from '../config/files.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { setInJson } from './jsonText.ts';

const CERTIFICATE = 'certs/device.crt.pem';
const KEY = 'certs/device.key.pem';

export interface Board {
  file: string;
  config: BoardConfig;
  topics: Topics;
  /** Where certificate and key are, or will be. */
  certificateFile: string;
  keyFile: string;
}

/** @throws ConfigError */
export function readBoard(file: string): Board {
  const config = readBoardConfig(file);
  const { certificate = CERTIFICATE, key = KEY } = config.tls;
  return {
    file,
    config,
    topics: boardTopics(telemetryTopic(config), config.thing),
    certificateFile: join(dirname(file), certificate),
    keyFile: join(dirname(file), key),
  };
}

/**
 * Fills in what provisioning found, and nothing else; then checks config and files as the build will.
 * @param host of the endpoint; as it is unless given
 * @returns whether the config had to be changed
 */
export function completeConfig(board: Board, host: string | undefined): boolean {
  const before = readFileSync(board.file, 'utf8');
  const { tls, endpoint } = board.config;
  let text = before;
  if (host !== undefined && host !== endpoint.host) text = setInJson(text, ['endpoint', 'host'], host);
  if (tls.certificate === undefined) {
    text = setInJson(setInJson(text, ['tls', 'certificate'], CERTIFICATE), ['tls', 'key'], KEY);
  }
  const config = checkBoardConfig(JSON.parse(text), board.file);
  readBoardFiles(config, board.file, Date.now());
  if (text !== before) writePrivateFile(board.file, text);
  return text !== before;
}

/**
 * Configs for a fleet, `<folder>/<thing>/config.json` each, made from one for all; those that are there already stay as
 * they are.
 * @returns the configs' files
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
    const anchors = config.tls.anchors.map((path) => `certs/${basename(path)}`);
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
      copy(resolve(dirname(template), path), join(dirname(file), anchors[i]));
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
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  } catch (error) {
    throw new UserError(`cannot copy ${from} to ${to}: ${systemProblem(error)}`);
  }
}
