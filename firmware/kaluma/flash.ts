/** Kaluma's program area as bytes. Its flash device checks nothing: a wrong sector would reach Kaluma itself. */
import { AREA_SECTOR, PAGE } from '../layout.ts';
import type { FlashDevice } from './typings.ts';
import { kaluma } from './globals.ts';
import { flashBytes } from './program.ts';

/** Sectors of the area; the first is the bootstrap's, and nothing may write it. */
const FIRST = 1;
const END = 128;
const ERASE = 6;

function device(): FlashDevice {
  return new (kaluma.require('flash').Flash)(0, 0);
}

/** @param sector counted from the beginning of the area, as in the other functions */
export function readFlash(sector: number, offset: number, length: number): Uint8Array {
  return flashBytes(AREA_SECTOR + sector, offset, length);
}

/** Erases a sector; interrupts are off meanwhile, 45 ms as a rule, 400 on a worn chip. */
export function eraseFlash(sector: number): void {
  check(sector);
  device().ioctl(ERASE, AREA_SECTOR + sector);
}

/** Writes bytes, filling the last page up with what leaves flash as it is. @param offset a multiple of 256 */
export function writeFlash(sector: number, offset: number, bytes: Uint8Array): void {
  check(sector);
  const length = Math.ceil(bytes.length / PAGE) * PAGE;
  let pages = bytes;
  // Kaluma writes whole pages, and from the beginning of the ArrayBuffer.
  if (length !== bytes.length || bytes.buffer.byteLength !== length) {
    pages = new Uint8Array(length).fill(0xff);
    pages.set(bytes);
  }
  device().write(AREA_SECTOR + sector, pages, offset);
}

function check(sector: number): void {
  if (!(sector >= FIRST && sector < END)) throw new Error(`flash sector ${sector}: expected ${FIRST} to ${END - 1}`);
}
