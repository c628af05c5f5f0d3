/** Quotes words of commands that are printed for pasting. */

/** Quotes a word for a POSIX shell. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_.=:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Quotes a path for this PC's own shell. Both shells of Windows understand double quotes and no others. */
export function quotePath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return quote(path);
  return /^[A-Za-z0-9_.=:/\\~-]+$/.test(path) ? path : `"${path}"`;
}
