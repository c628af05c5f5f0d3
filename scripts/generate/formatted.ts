/** Generated files are formatted as all others are. */
import { readFileSync } from 'node:fs';
import { format, type FormatOptions } from 'oxfmt';

/** @param file its name says which language it is in */
export async function formatted(file: string, text: string): Promise<string> {
  const options = JSON.parse(readFileSync(new URL('../../.oxfmtrc.json', import.meta.url), 'utf8')) as FormatOptions;
  const { code, errors } = await format(file, text, options);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0].message}`);
  return code;
}
