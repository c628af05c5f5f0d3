/** JSON that a person wrote. */
import { transformSync, type TransformFailure } from 'esbuild';
import { ConfigError } from './errors.ts';

/** @throws ConfigError that tells where and why, without a word of the text */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ConfigError(file, null, `not valid JSON${jsonProblem(text)}`);
  }
}

/** Where and why a text is not JSON. esbuild says it better than JSON.parse, whose messages quote what may be a secret. */
function jsonProblem(text: string): string {
  if (text.startsWith('\ufeff')) return ': it begins with a byte order mark; save it as UTF-8 without one';
  try {
    transformSync(text, { loader: 'json', logLevel: 'silent' });
    return '';
  } catch (error) {
    const [{ text: message, location }] = (error as TransformFailure).errors;
    const where = location === null ? '' : ` in line ${location.line}, column ${location.column + 1}`;
    return `${where}: ${message.replace(/"(?:\\.|[^"\\])*"/g, (found) => (found.length > 3 ? 'a word' : found))}`;
  }
}
