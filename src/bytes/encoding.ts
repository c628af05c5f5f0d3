/** Small conversions and comparisons of byte strings. */

/** One string character a byte (Latin-1), the form in which Kaluma's network and console take bytes. */
export function toBinaryString(bytes: Uint8Array): string {
  // Converts in pieces, because apply() puts every argument on the engine's small stack.
  let text = '';
  for (let at = 0; at < bytes.length; at += 64) {
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + 64) as unknown as number[]);
  }
  return text;
}

/** The bytes of a string whose characters are all below U+0100; higher ones lose their upper bits. */
export function fromBinaryString(text: string): Uint8Array {
  const { length } = text;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += (bytes[i] + 256).toString(16).slice(1);
  return text;
}

/** The bytes that pairs of hexadecimal digits stand for. @throws RangeError for anything else. */
export function fromHex(text: string): Uint8Array {
  // The pattern repeats no group: the engine's matcher recurses at each repetition of one, and its stack is small.
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text))
    throw new RangeError('expected pairs of hexadecimal digits');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Whether two byte strings are equal. The time taken depends on their lengths only, never on where they differ, so it
 * serves for verify_data and authentication tags.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  const length = a.length;
  if (length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}
