/** Kaluma's program area as bytes. Its flash device checks nothing: writing to a wrong sector could destroy Kaluma. */
import { toBinaryString } from '../../src/bytes/encoding.ts';
import { AREA_SECTOR, PAGE } from '../layout.ts';
import type { FlashDevice } from './typings.ts';
import { kaluma } from './globals.ts';
import { flashBytes } from './program.ts';

/** Sectors that may be written. The bootstrap's sector, 0, is not among them. */
const FIRST = 1;
const END = 128;
const ERASE = 6;

function device(): FlashDevice {
  return new (kaluma.require('flash').Flash)(0, 0);
}

/** @param sector counted from the beginning of the program area, here and in the other functions */
export function readFlash(sector: number, offset: number, length: number): Uint8Array {
  return flashBytes(AREA_SECTOR + sector, offset, length);
}

/** Whether flash holds these bytes. */
export function flashHolds(sector: number, offset: number, bytes: Uint8Array): boolean {
  return toBinaryString(readFlash(sector, offset, bytes.length)) === toBinaryString(bytes);
}

/** Makes a function that reads at an offset, five times as fast as `readFlash()`. Each call overwrites the array of the call before. */
export function flashReader(sector: number, length: number): (offset: number) => Uint8Array {
  const flash = device();
  const bytes = new Uint8Array(length);
  return (offset) => {
    flash.read(AREA_SECTOR + sector, bytes, offset);
    return bytes;
  };
}

/** Erases a sector. Interrupts are off meanwhile, usually for 45 ms, on a worn chip for 400. */
export function eraseFlash(sector: number): void {
  check(sector);
  device().ioctl(ERASE, AREA_SECTOR + sector);
}

/** Writes bytes, and fills the last page with bits that leave the flash as it is. @param offset a multiple of 256 */
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
