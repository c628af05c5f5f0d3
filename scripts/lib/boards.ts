/** What tells one board's files and commands from another's. */
import { resolve } from 'node:path';
import { DEFAULT_BOARD_FILE, readBoardConfig } from '../config/config.ts';
import { quotePath } from './shell.ts';

/**
 * Where key and certificate go unless a config says so, relative to the config. Several configs may lie in one folder, so
 * only the default one uses a fixed name, and all others use the thing's. File names cannot have its colons.
 */
export function identityFiles(boardFile: string, thing: string): { certificate: string; key: string } {
  const name = isDefaultBoard(boardFile) ? 'device' : thing.replaceAll(':', '=');
  return { certificate: `certs/${name}.crt.pem`, key: `certs/${name}.key.pem` };
}

export function isDefaultBoard(boardFile: string): boolean {
  return resolve(boardFile) === resolve(DEFAULT_BOARD_FILE);
}

/** Where a build puts a board's files: each board has a folder of its own, so that none is flashed with another's. */
export function distFolder(thing: string): string {
  return `dist/${thing.replaceAll(':', '=')}`;
}

/** The program that npm run build made for a config's board. @throws ConfigError for a config that is none */
export function programOf(boardFile: string): string {
  return `${distFolder(readBoardConfig(boardFile).thing)}/program.js`;
}

/** What commands that are printed to be pasted need, to mean this board: ` --board FILE`, or nothing. */
export function boardOption(boardFile: string): string {
  return isDefaultBoard(boardFile) ? '' : ` --board ${quotePath(boardFile)}`;
}

/** The same behind `npm run NAME` that takes no other option. */
export function boardArguments(boardFile: string): string {
  const option = boardOption(boardFile);
  return option === '' ? '' : ` --${option}`;
}
