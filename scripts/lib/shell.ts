/** Words of commands that are printed to be pasted. */

/** A word of a POSIX shell that means itself. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_.=:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same for a file of this PC, in its own shell: to Windows' two, only double quotes mean the same. */
export function quotePath(path: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return quote(path);
  return /^[A-Za-z0-9_.=:/\\~-]+$/.test(path) ? path : `"${path}"`;
}
