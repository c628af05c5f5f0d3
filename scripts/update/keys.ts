/** Keys that sign updates: EC P-256, in files for their owner only; boards have the public halves in their settings. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { PemError } from '../../src/index.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { privateKeyIn } from '../lib/pemFile.ts';
import { quotePath } from '../lib/shell.ts';

/** The folder of the keys; git ignores them. */
export const UPDATE_KEY_FOLDER = 'board/certs';
/** The default key. */
export const UPDATE_KEY_FILE = `${UPDATE_KEY_FOLDER}/update.key.pem`;
/** Files with public keys that go into settings. */
const PUBLIC = /^update.*\.pub\.pem$/;

/**
 * Makes a key, and a file with its public key beside it.
 * @throws UserError if the file exists: boards would refuse updates that are signed with a new key
 */
export function makeUpdateKey(file: string): void {
  if (existsSync(file)) {
    throw new UserError(`${file} exists, and boards may know it; move it away first, or name another with --key`);
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writePrivateFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writePrivateFile(publicFile(file), publicKey.export({ type: 'spki', format: 'pem' }));
}

export function publicFile(keyFile: string): string {
  return keyFile.replace(/(\.key)?(\.pem)?$/, '.pub.pem');
}

/** Whether the builds find the public half of a key file, because of its folder and name. */
export function isInSettings(keyFile: string): boolean {
  const file = publicFile(keyFile);
  return resolve(dirname(file)) === resolve(UPDATE_KEY_FOLDER) && PUBLIC.test(basename(file));
}

/** @throws UserError if it is not an EC key on P-256, or if others may read it */
export function readUpdateKey(file: string): KeyObject {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
    checkMode(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError(
        `${file}: not found; npm run update -- --new-key makes it, and npm run flash makes it known to the board`,
      );
    }
    throw new UserError(`cannot read ${file}: ${systemProblem(error)}`);
  }
  try {
    return onP256(privateKeyIn(bytes), file);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new UserError(`${file}: wanted a private key in PEM; ${error.message}`);
  }
}

/** As ssh does: whoever reads the key writes programs for all boards. Windows has no such modes. */
function checkMode(file: string): void {
  const { mode } = statSync(file);
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  const found = (mode & 0o777).toString(8).padStart(4, '0');
  throw new UserError(
    `${file}: others may use this key (its mode is ${found}), and with it sign programs for your boards: chmod 600 ${quotePath(file)}`,
  );
}

/**
 * The public keys for a board's settings: those in all files `update*.pub.pem` of a folder, so that an old and a new key
 * can both be valid for a while.
 * @throws UserError for a file without an EC key on P-256
 */
export function readUpdateKeys(folder = UPDATE_KEY_FOLDER): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => PUBLIC.test(name))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      try {
        return publicKeyHex(onP256(createPublicKey(readFileSync(file)), file));
      } catch (error) {
        if (error instanceof UserError) throw error;
        const isFile = error instanceof Error && 'syscall' in error;
        const problem = isFile ? systemProblem(error) : 'the file holds something else';
        throw new UserError(`${file}: wanted a public key in PEM; ${problem}`);
      }
    });
}

/**
 * The public keys for settings that a key signs. Its own must be among them: a board that got settings without it would
 * take no update of this key any more. A key that a person keeps elsewhere, on a stick for example, has no file in the
 * folder, and its public half is added; but one in the folder whose file is missing was meant to go, or its file is lost.
 * @returns the keys, and whether the signing key's own had to be added
 * @throws UserError for a signing key in the folder without its public half beside it
 */
export function settingsKeys(
  keyFile: string,
  key: KeyObject,
  folder = UPDATE_KEY_FOLDER,
): { keys: string[]; isAdded: boolean } {
  const keys = readUpdateKeys(folder);
  const own = publicKeyHex(key);
  if (keys.includes(own)) return { keys, isAdded: false };
  if (resolve(dirname(keyFile)) !== resolve(folder)) return { keys: [...keys, own], isAdded: true };
  throw new UserError(
    `${keyFile}: its public half is not among ${join(folder, 'update*.pub.pem')}, and a board would take no update ` +
      `that it signs any more: sign with the key that is to stay (--key), or bring the public half back: ` +
      `openssl pkey -in ${quotePath(keyFile)} -pubout -out ${quotePath(publicPlace(keyFile, folder))}`,
  );
}

/** A free place for a key's public half from which it gets into settings. */
function publicPlace(keyFile: string, folder: string): string {
  const beside = publicFile(keyFile);
  if (PUBLIC.test(basename(beside)) && !existsSync(beside)) return beside;
  let number = 2;
  while (existsSync(join(folder, `update-${number}.pub.pem`))) number += 1;
  return join(folder, `update-${number}.pub.pem`);
}

/** 04 || X || Y of a public or private key, in hexadecimal. */
export function publicKeyHex(key: KeyObject): string {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return `04${[x, y].map((part) => Buffer.from(part, 'base64url').toString('hex')).join('')}`;
}

function onP256(key: KeyObject, file: string): KeyObject {
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new UserError(`${file}: found a key of type ${key.asymmetricKeyType}; wanted EC on P-256`);
}
