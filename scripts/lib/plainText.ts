/** Text from a server that speaks another protocol than expected: mostly HTTP, whose first line says why. */

/** Most characters that are shown. */
const SHOWN = 60;

/** The line of text that bytes begin with; null if they do not. */
export function textIn(bytes: Uint8Array): string | null {
  return /^[ -~]{4,}/.exec(Buffer.from(bytes.subarray(0, SHOWN)).toString('latin1'))?.[0] ?? null;
}

/** Words that follow the error of a handshake whose first bytes are no TLS record: the text that they hold, if any. */
export function saidInPlain(bytes: Uint8Array): string {
  const text = textIn(bytes);
  if (text === null) return '';
  return `, '${text}': this is ${text.startsWith('HTTP/') ? 'plain HTTP' : 'no TLS'}`;
}
