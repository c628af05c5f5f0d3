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
 * Writes a file that may hold a secret as a whole or not at all, readable by its owner only, and the folders above it
 * that are missing. A link stays one: what it leads to is written. A pipe or a device is written into.
 * @param mode of a file that is for others as well
 * @throws UserError if it cannot be written
 */
export function writePrivateFile(file: string, contents: string | Uint8Array, mode = 0o600): void {
  const place = behindLink(file);
  // A name that nobody can guess, and never a file or link that is there already.
  const unfinished = `${place}.${randomBytes(8).toString('hex')}`;
  try {
    // Renamed over, /dev/stdout would be a file from then on.
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) return writeFileSync(file, contents);
    makeFolder(dirname(place));
    writeFileSync(unfinished, contents, { mode, flag: 'wx' });
    renameSync(unfinished, place);
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw new UserError(`cannot write ${file}: ${systemProblem(error)}`);
  }
}

/** A temporary folder for keys: it goes with `remove()`, or however the process ends. */
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
 * Makes a folder, and those above it that are missing: level by level, for Node's own way never comes back from /proc.
 * @throws what mkdir says
 */
export function makeFolder(folder: string): void {
  const above = dirname(resolve(folder));
  if (existsSync(folder)) return;
  // No command makes a folder at the top of the file system: most likely the path is mistyped.
  if (dirname(above) === above) throw Object.assign(new Error(`no folder ${folder}`), { code: 'ENOENT' });
  makeFolder(dirname(folder));
  // It is there by now if its path goes up again, as in `new/..`.
  if (!existsSync(folder)) mkdirSync(folder);
}

function behindLink(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  try {
    // What it leads to is not there yet.
    return resolve(dirname(file), readlinkSync(file));
  } catch {
    return file;
  }
}
