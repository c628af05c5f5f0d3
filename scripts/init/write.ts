import { copyFileSync, existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { systemProblem, UserError } from '../lib/cli.ts';
import { makeFolder, writePrivateFile } from '../lib/files.ts';

const SCHEMA = 'board/config.schema.json';
const ANCHORS = ['AmazonRootCA1.pem', 'AmazonRootCA3.pem'];

/**
 * Writes a board config as a whole or not at all, readable by its owner only (it holds the Wi-Fi password), and puts
 * AWS's anchors beside it if it stands outside the project.
 * @throws UserError if it cannot be written
 */
export function writeConfig(file: string, config: object): void {
  const folder = dirname(file);
  const certificates = join(folder, 'certs');
  try {
    makeFolder(certificates);
    for (const name of ANCHORS) {
      if (!existsSync(join(certificates, name))) copyFileSync(join('board/certs', name), join(certificates, name));
    }
  } catch (error) {
    throw new UserError(`cannot write ${certificates}: ${systemProblem(error)}`);
  }
  const schema = relative(folder, resolve(SCHEMA)).replaceAll('\\', '/');
  const $schema = schema.startsWith('.') ? schema : `./${schema}`;
  writePrivateFile(file, `${JSON.stringify({ $schema, ...config }, null, 2)}\n`);
}
