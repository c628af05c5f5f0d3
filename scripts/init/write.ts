import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { systemProblem, UserError } from '../lib/cli.ts';

const SCHEMA = 'board/config.schema.json';
const ANCHORS = ['AmazonRootCA1.pem', 'AmazonRootCA3.pem'];

/**
 * Writes a board config as a whole or not at all, readable by its owner only (it holds the Wi-Fi password), and puts
 * AWS's anchors beside it if it stands outside the project.
 * @throws UserError if it cannot be written
 */
export function writeConfig(file: string, config: object): void {
  const unfinished = `${file}.${process.pid}`;
  try {
    const folder = dirname(file);
    const certificates = join(folder, 'certs');
    mkdirSync(certificates, { recursive: true });
    for (const name of ANCHORS) {
      if (!existsSync(join(certificates, name))) copyFileSync(join('board/certs', name), join(certificates, name));
    }
    const $schema = relative(folder, resolve(SCHEMA)).replaceAll('\\', '/');
    const text = JSON.stringify({ $schema: $schema.startsWith('.') ? $schema : `./${$schema}`, ...config }, null, 2);
    writeFileSync(unfinished, `${text}\n`, { mode: 0o600 });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new UserError(`cannot write ${file}: ${systemProblem(error)}`);
  }
}
