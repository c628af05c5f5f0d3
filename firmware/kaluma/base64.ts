import { kaluma } from './globals.ts';

/** Decodes base64. The bytes are copied, because Kaluma's atob() leaves its result in C memory, which is scarce. */
export function fromBase64(text: string): Uint8Array {
  return kaluma.atob(text).slice();
}
