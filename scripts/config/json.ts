/** JSON that a person wrote. */
import { readFileSync } from 'node:fs';
import { transformSync, type Location, type TransformFailure } from 'esbuild';
import { ConfigError } from './errors.ts';

/**
 * A file's text. Node puts U+FFFD for what is not UTF-8, and a board would look for a network of that name.
 * @throws ConfigError if it is not UTF-8; what the operating system says if it cannot be read
 */
export function readUtf8(file: string): string {
  const bytes = readFileSync(file);
  try {
    // UTF-16 without a byte order mark is UTF-8 full of zeros.
    if (!bytes.includes(0)) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Said below.
  }
  throw new ConfigError(file, null, 'not UTF-8; save it as UTF-8');
}

/** @throws ConfigError that tells where and why, without a word of the text */
export function parseJson(file: string, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(file, null, `not valid JSON${jsonProblem(text)}`);
  }
  const { warnings } = transformSync(text, { loader: 'json', logLevel: 'silent' });
  const twice = warnings.find(({ id }) => id === 'duplicate-object-key');
  if (twice === undefined) return value;
  const name = /"(?:\\.|[^"\\])*"/.exec(twice.text)?.[0] ?? 'a field';
  throw new ConfigError(file, null, `${name} is there twice, again${place(twice.location)}; keep one of the two`);
}

/** Where and why a text is not JSON. esbuild says it better than JSON.parse, whose messages quote what may be a secret. */
function jsonProblem(text: string): string {
  if (text.startsWith('\ufeff')) return ': it begins with a byte order mark; save it as UTF-8 without one';
  try {
    transformSync(text, { loader: 'json', logLevel: 'silent' });
    return '';
  } catch (error) {
    const [{ text: message, location }] = (error as TransformFailure).errors;
    return `${place(location)}: ${withoutWords(message)}`;
  }
}

/** `Unexpected "hush" in JSON` becomes `Unexpected word in JSON`; a sign stays. */
function withoutWords(message: string): string {
  return message.replace(/(Unexpected )?"((?:\\.|[^"\\])*)"/g, (found, before: string | undefined, text: string) => {
    if (text.length <= 1) return found;
    return before === undefined ? 'a word' : `${before}${/^[+-]?\d/.test(text) ? 'kind of number' : 'word'}`;
  });
}

function place(location: Location | null): string {
  return location === null ? '' : ` in line ${location.line}, column ${location.column + 1}`;
}
