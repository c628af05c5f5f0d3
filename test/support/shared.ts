/**
 * What the test processes of one run share because it takes long to make: programs for the board and certificates. They
 * lie in the folder that TEST_SHARED names, which `npm test` makes and removes; without it each process makes its own.
 */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Map<string, Promise<string>>();

/**
 * @param key says all that `make` depends on
 * @param make fills the folder that it is given; its files refer to each other by relative names, since the folder moves
 * @returns the folder, which nobody may change
 */
export function sharedFolder(key: string, make: (folder: string) => Promise<void>): Promise<string> {
  let folder = made.get(key);
  if (folder === undefined) {
    folder = find(key, make);
    made.set(key, folder);
  }
  return folder;
}

async function find(key: string, make: (folder: string) => Promise<void>): Promise<string> {
  const run = process.env.TEST_SHARED;
  const shared = run && join(run, createHash('sha256').update(key).digest('hex').slice(0, 16));
  if (shared && existsSync(shared)) return shared;
  const own = mkdtempSync(join(run ?? tmpdir(), 'shared-'));
  process.once('exit', () => rmSync(own, { recursive: true, force: true }));
  await make(own);
  if (!shared) return own;
  try {
    renameSync(own, shared);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(shared)) throw error;
  }
  return shared;
}
