/** Recognizes text from a server that does not speak TLS. Mostly it is HTTP, whose first line tells the reason. */

/** Most characters that are shown. */
const SHOWN = 60;

/** The first line of the bytes if it is text; otherwise null. */
export function textIn(bytes: Uint8Array): string | null {
  return /^[ -~]{4,}/.exec(Buffer.from(bytes.subarray(0, SHOWN)).toString('latin1'))?.[0] ?? null;
}

/**
 * Words to append to the error of a handshake whose first bytes are not a TLS record: the text that was received, if
 * any.
 */
export function saidInPlain(bytes: Uint8Array): string {
  const text = textIn(bytes);
  if (text === null) return '';
  return `, '${text}': this is ${text.startsWith('HTTP/') ? 'plain HTTP' : 'no TLS'}`;
}
