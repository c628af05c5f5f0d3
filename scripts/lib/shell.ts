/** Words of commands that are printed to be pasted. */

/** A word of a POSIX shell that means itself. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_.=:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same for a file of this PC and this PC's own shell. Both of Windows' shells understand double quotes, and only those. */
export function quotePath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return quote(path);
  return /^[A-Za-z0-9_.=:/\\~-]+$/.test(path) ? path : `"${path}"`;
}
