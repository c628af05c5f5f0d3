import { dirname, relative, resolve } from 'node:path';
import { writePrivateFile } from '../lib/files.ts';

const SCHEMA = 'board/config.schema.json';

/**
 * Writes a board config completely or not at all. Only its owner can read it, because it holds the Wi-Fi password.
 * @throws UserError if it cannot be written
 */
export function writeConfig(file: string, config: object): void {
  const folder = dirname(file);
  const schema = relative(folder, resolve(SCHEMA)).replaceAll('\\', '/');
  const $schema = schema.startsWith('.') ? schema : `./${schema}`;
  writePrivateFile(file, `${JSON.stringify({ $schema, ...config }, null, 2)}\n`);
}
