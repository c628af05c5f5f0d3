/** Reads JSON that a person wrote. */
import { readFileSync } from 'node:fs';
import { transformSync, type Location, type TransformFailure } from 'esbuild';
import { ConfigError } from './errors.ts';

/**
 * A file's text. Node would replace bytes that are not UTF-8 by U+FFFD, and a board would look for a network of that
 * name.
 * @throws ConfigError if it is not UTF-8; the error of the operating system if the file cannot be read
 */
export function readUtf8(file: string): string {
  const bytes = readFileSync(file);
  try {
    // UTF-16 without a byte order mark looks like UTF-8 with many zeros.
    if (!bytes.includes(0)) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // The error is thrown below.
  }
  throw new ConfigError(file, null, 'not UTF-8; save it as UTF-8');
}

/** @throws ConfigError that says where and why, without quoting the text */
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

/** Where and why a text is not JSON. esbuild's messages are better than those of JSON.parse, which may quote a secret. */
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

/** Turns `Unexpected "hush" in JSON` into `Unexpected word in JSON`; punctuation stays. */
function withoutWords(message: string): string {
  return message.replace(/(Unexpected )?"((?:\\.|[^"\\])*)"/g, (found, before: string | undefined, text: string) => {
    if (text.length <= 1) return found;
    return before === undefined ? 'a word' : `${before}${/^[+-]?\d/.test(text) ? 'kind of number' : 'word'}`;
  });
}

function place(location: Location | null): string {
  return location === null ? '' : ` in line ${location.line}, column ${location.column + 1}`;
}
