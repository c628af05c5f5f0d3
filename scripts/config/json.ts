/** Reads JSON that a person wrote. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { TransformFailure } from 'esbuild';
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
  const twice = nameGivenTwice(text);
  if (twice === null) return value;
  const lines = text.slice(0, twice.at).split('\n');
  throw new ConfigError(
    file,
    null,
    `${twice.name} is there twice, again${placeOf(lines.length, lines[lines.length - 1].length + 1)}; keep one of the two`,
  );
}

/** The first name that an object of a valid JSON text has twice, and where it stands again. */
function nameGivenTwice(text: string): { name: string; at: number } | null {
  const objects: Set<string>[] = [];
  for (const { 0: token, 1: name, index: at } of text.matchAll(/("(?:\\.|[^"\\])*")\s*:|"(?:\\.|[^"\\])*"|[{}]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (name !== undefined) {
      const names = objects[objects.length - 1];
      const decoded = JSON.parse(name) as string;
      if (names.has(decoded)) return { name, at };
      names.add(decoded);
    }
  }
  return null;
}

/**
 * Says where and why a text is not JSON. esbuild's messages are better than those of JSON.parse, which may quote a secret. It
 * starts a process, so it is loaded only then.
 */
function jsonProblem(text: string): string {
  if (text.startsWith('\ufeff')) return ': it begins with a byte order mark; save it as UTF-8 without one';
  const { transformSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  try {
    transformSync(text, { loader: 'json', logLevel: 'silent' });
    return '';
  } catch (error) {
    const [{ text: message, location }] = (error as TransformFailure).errors;
    const place = location === null ? '' : placeOf(location.line, location.column + 1);
    return `${place}: ${withoutWords(message)}`;
  }
}

/** Turns `Unexpected "hush" in JSON` into `Unexpected word in JSON`; punctuation stays. */
function withoutWords(message: string): string {
  return message.replace(/(Unexpected )?"((?:\\.|[^"\\])*)"/g, (found, before: string | undefined, text: string) => {
    if (text.length <= 1) return found;
    return before === undefined ? 'a word' : `${before}${/^[+-]?\d/.test(text) ? 'kind of number' : 'word'}`;
  });
}

function placeOf(line: number, column: number): string {
  return ` in line ${line}, column ${column}`;
}
