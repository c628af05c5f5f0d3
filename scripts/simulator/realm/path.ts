/** Kaluma's `path`. */
export const sep = '/';

const terms = (path: string) => path.split(sep).filter((term) => term.length > 0);

export function isAbsolute(path: string): boolean {
  return path.startsWith(sep);
}

export function normalize(path: string): string {
  const kept: string[] = path.startsWith(sep) ? [''] : [];
  for (const term of terms(path)) {
    if (term === '..') kept.pop();
    else if (term !== '.') kept.push(term);
  }
  return kept.join(sep) || sep;
}

export function join(...paths: string[]): string {
  const start = paths.length > 0 && paths[0].startsWith(sep) ? [''] : [];
  return normalize(start.concat(...paths.map(terms)).join(sep));
}

/** Resolves paths against `/`; the module `fs` puts its current directory first. */
export function resolve(...paths: string[]): string {
  return paths.reduce((at, path) => (isAbsolute(path) ? normalize(path) : join(at, path)), sep);
}
