/** The text of the program that runs, as it lies in its slot of the flash. */
import { kaluma } from './globals.ts';

/** Where a program without a bootstrap lies: in the first sector of Kaluma's program area. */
const FIRST_SECTOR = 4;
/** Bytes read at a time. */
const CHUNK = 512;

/** @param start of the characters wanted, all of them ASCII; @param before what is to stand in front of them */
export function programText(start: number, length: number, before = ''): string {
  return flashText(kaluma.boot ? kaluma.boot.sector : FIRST_SECTOR, start, length, before);
}

/**
 * Reads text from flash.
 * @param sector of Kaluma's flash device, from whose beginning `start` counts
 */
export function flashText(sector: number, start: number, length: number, before = ''): string {
  const flash = new (kaluma.require('flash').Flash)(0, 0);
  const decoder = new kaluma.TextDecoder();
  let text = before;
  for (let offset = 0; offset < length; offset += CHUNK) {
    const bytes = new Uint8Array(Math.min(CHUNK, length - offset));
    flash.read(sector, bytes, start + offset);
    text += decoder.decode(bytes);
  }
  return text;
}
