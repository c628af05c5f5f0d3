/** Keeps the files and commands of several boards apart. */
import { resolve } from 'node:path';
import { DEFAULT_BOARD_FILE, readBoardConfig } from '../config/config.ts';
import { quotePath } from './shell.ts';

/**
 * Default paths of key and certificate, relative to the config. Several configs may lie in one folder, so only the
 * default config uses a fixed name, and all others use the thing's name. Its colons are replaced, because file names
 * cannot have them.
 */
export function identityFiles(boardFile: string, thing: string): { certificate: string; key: string } {
  const name = isDefaultBoard(boardFile) ? 'device' : thing.replaceAll(':', '=');
  return { certificate: `certs/${name}.crt.pem`, key: `certs/${name}.key.pem` };
}

export function isDefaultBoard(boardFile: string): boolean {
  return resolve(boardFile) === resolve(DEFAULT_BOARD_FILE);
}

/** The folder for a board's build. Each board has its own, so that no board is flashed with another board's program. */
export function distFolder(thing: string): string {
  return `dist/${thing.replaceAll(':', '=')}`;
}

/** The program that npm run build made for a config's board. @throws ConfigError if the config is invalid */
export function programOf(boardFile: string): string {
  return `${distFolder(readBoardConfig(boardFile).thing)}/program.js`;
}

/** The option that printed commands need for this board: ` --board FILE`, or nothing for the default board. */
export function boardOption(boardFile: string): string {
  return isDefaultBoard(boardFile) ? '' : ` --board ${quotePath(boardFile)}`;
}

/** Returns the same option with ` --` before it, for an `npm run NAME` that has no other option. */
export function boardArguments(boardFile: string): string {
  const option = boardOption(boardFile);
  return option === '' ? '' : ` --${option}`;
}
