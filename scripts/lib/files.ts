import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { systemProblem, UserError } from './cli.ts';

/**
 * Writes a file that may hold a secret, so that only its owner can read it, either completely or not at all. Creates
 * missing folders above it. If the path is a link, the target is written; a pipe or a device is written to.
 * @param mode for a file that others may read too
 * @throws UserError if it cannot be written
 */
export function writePrivateFile(file: string, contents: string | Uint8Array, mode = 0o600): void {
  const place = behindLink(file);
  // Nobody can guess this name, so it is never an existing file or link.
  const unfinished = `${place}.${randomBytes(8).toString('hex')}`;
  try {
    // Renaming a file over /dev/stdout would turn it into an ordinary file.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(file, contents);
    makeFolder(dirname(place));
    writeFileSync(unfinished, contents, { mode, flag: 'wx' });
    renameSync(unfinished, place);
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw new UserError(`cannot write ${file}: ${systemProblem(error)}`);
  }
}

/** Makes a temporary folder for keys. It is removed by `remove()`, and whenever the process ends. */
export function throwAwayFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'pico-kitchen-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
    process.off('exit', remove);
  };
  process.once('exit', remove);
  return { folder, remove };
}

/**
 * Makes a folder and the missing folders above it, one by one, because Node's recursive mkdir never returns for /proc.
 * @throws the error of mkdir
 */
export function makeFolder(folder: string): void {
  const above = dirname(resolve(folder));
  if (existsSync(folder)) return;
  // No command makes a folder at the top of the file system, so the path is probably mistyped.
  if (dirname(above) === above) throw Object.assign(new Error(`no folder ${folder}`), { code: 'ENOENT' });
  makeFolder(dirname(folder));
  // If the path goes up again, as in `new/..`, the folder exists by now.
  if (!existsSync(folder)) mkdirSync(folder);
}

function behindLink(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  try {
    // The target of the link does not exist yet.
    return resolve(dirname(file), readlinkSync(file));
  } catch {
    return file;
  }
}
