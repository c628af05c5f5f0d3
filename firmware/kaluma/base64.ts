import { kaluma } from './globals.ts';

/** @param text base64; what it stands for is copied out of C memory, where Kaluma's atob() leaves it */
export function fromBase64(text: string): Uint8Array {
  return kaluma.atob(text).slice();
}
