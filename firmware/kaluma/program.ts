/** The program's own text, as it lies in flash. */
import { kaluma } from './globals.ts';

/** Sector in which the program begins. */
const PROGRAM_SECTOR = 4;
/** Bytes read at a time. */
const CHUNK = 512;

/** @param start of the characters wanted, all of them ASCII; @param before what is to stand in front of them */
export function programText(start: number, length: number, before = ''): string {
  const flash = new (kaluma.require('flash').Flash)(0, 0);
  const decoder = new kaluma.TextDecoder();
  let text = before;
  for (let offset = 0; offset < length; offset += CHUNK) {
    const bytes = new Uint8Array(Math.min(CHUNK, length - offset));
    flash.read(PROGRAM_SECTOR, bytes, start + offset);
    text += decoder.decode(bytes);
  }
  return text;
}
