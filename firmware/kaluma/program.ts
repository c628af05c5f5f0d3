/** The text of the program that runs, as it lies in its slot of the flash. */
import { MAX_TEXT } from '../layout.ts';
import { kaluma } from './globals.ts';
import type { FlashDevice } from './typings.ts';

/** The sector at which a program without a bootstrap begins: the first one of Kaluma's program area. */
const FIRST_SECTOR = 4;
/** Bytes read at a time. */
const CHUNK = 512;
/**
 * One array serves for all but the last bytes of each text: a new array for each text would stay in memory until the next
 * collection.
 */
const chunk = new Uint8Array(CHUNK);

/** @param start of the characters to read, all of them ASCII @param before text to put in front of them */
export function programText(start: number, length: number, before = ''): string {
  return flashText(kaluma.boot ? kaluma.boot.sector : FIRST_SECTOR, start, length, before);
}

/** The linker inserts the calls of this, in the places of texts that it leaves in flash. @param number see `../layout.ts` */
export function storedText(number: number): string {
  return programText(Math.floor(number / (MAX_TEXT + 1)), number & MAX_TEXT);
}

/**
 * Reads ASCII from flash. Only for text known to be intact, because Kaluma's decoder does not check where other bytes
 * end.
 * @param sector of Kaluma's flash device, from which `start` is counted
 */
export function flashText(sector: number, start: number, length: number, before = ''): string {
  const flash = openFlash();
  const decoder = new kaluma.TextDecoder();
  let text = before;
  for (let offset = 0; offset < length; offset += CHUNK) {
    const bytes = length - offset < CHUNK ? new Uint8Array(length - offset) : chunk;
    flash.read(sector, bytes, start + offset);
    text += decoder.decode(bytes);
  }
  return text;
}

/** @param sector of Kaluma's flash device, from which `start` is counted */
export function flashBytes(sector: number, start: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  openFlash().read(sector, bytes, start);
  return bytes;
}

function openFlash(): FlashDevice {
  return new (kaluma.require('flash').Flash)(0, 0);
}
