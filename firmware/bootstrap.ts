/**
 * The first program that Kaluma runs, in sector 0: it loads the program of a slot. An update never writes this sector,
 * because a board whose first sector is torn stops at the prompt for good.
 */
import { kaluma } from './kaluma/globals.ts';
import { AREA_SECTOR, HEADER_LENGTH, HEADER_START, SLOT_SECTOR } from './layout.ts';

/** Bytes read at a time. */
const CHUNK = 512;

const flash = new (kaluma.require('flash').Flash)(0, 0);
const decoder = new kaluma.TextDecoder();
const sector = AREA_SECTOR + SLOT_SECTOR;
const settings = 0;

const read = (start: number, length: number): string => {
  let text = '';
  for (let at = 0; at < length; at += CHUNK) {
    const bytes = new Uint8Array(Math.min(CHUNK, length - at));
    flash.read(sector, bytes, start + at);
    text += decoder.decode(bytes);
  }
  return text;
};

kaluma.boot = { sector, settings };
const [start, length, line] = JSON.parse(read(HEADER_START, HEADER_LENGTH)) as [number, number, number];
// Stack traces then name the lines of the slot's text.
// eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- it is our own
new Function('\n'.repeat(line) + read(start, length))();
