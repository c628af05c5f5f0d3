/** A static site that anybody can host: an index and two pages, recorded when it is made. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { makeFolder, writePrivateFile } from '../lib/files.ts';
import { systemProblem, UserError } from '../lib/cli.ts';
import type { ChainKind } from '../lib/certificates.ts';
import { assemble } from './assemble.ts';
import { renderPage } from './html.ts';
import { converseLocally } from './local.ts';

const PAGES: readonly [kind: ChainKind, file: string][] = [
  ['rsa', 'rsa.html'],
  ['ecdsa', 'p-256.html'],
];

/** @returns the files that were written. @throws UserError if the folder cannot be used */
export async function writeSite(folder: string): Promise<string[]> {
  try {
    makeFolder(folder);
  } catch (error) {
    throw new UserError(`cannot make ${folder}: ${systemProblem(error)}`);
  }
  const files: string[] = [];
  const write = (name: string, text: string): void => {
    // A web server, which is another user, is to read it.
    writePrivateFile(join(folder, name), text, 0o644);
    files.push(join(folder, name));
  };
  for (const [kind, file] of PAGES) {
    const { recording, tape } = await converseLocally(kind);
    const entries = assemble(recording, { withSecrets: true });
    const facts = { host: tape.host, port: 8883, time: new Date(tape.time), secrets: true, tape };
    write(file, renderPage(entries, facts));
  }
  write('index.html', readFileSync(new URL('page/site.html', import.meta.url), 'utf8'));
  return files;
}
