import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemProblem, UserError } from './cli.ts';

/**
 * Writes a file that may hold a secret as a whole or not at all, readable by its owner only, and the folders above it
 * that are missing.
 * @throws UserError if it cannot be written
 */
export function writePrivateFile(file: string, contents: string | Uint8Array): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(unfinished, contents, { mode: 0o600 });
    // The mode above counts for a new file only.
    chmodSync(unfinished, 0o600);
    renameSync(unfinished, file);
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw new UserError(`cannot write ${file}: ${systemProblem(error)}`);
  }
}
