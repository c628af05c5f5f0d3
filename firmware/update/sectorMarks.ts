/**
 * Marks of complete sectors, side by side in a page: each says how far into the file the update had come. A power cut can only
 * leave bits set that should be cleared, so a mark holds the number of its cleared bits as well: one that is half written then
 * has fewer than it says.
 */
import { PAGE } from '../layout.ts';

/** Bytes of a mark. */
export const MARK = 4;

/** The page that sets the mark of a sector when it is written over those that are set. */
export function markOf(sector: number, place: number): Uint8Array {
  const page = new Uint8Array(PAGE).fill(0xff);
  page.set([place >> 16, (place >> 8) & 0xff, place & 0xff, clearedBits(place)], sector * MARK);
  return page;
}

/** @returns the place that a sector's mark holds; -1 if it is not set, or not wholly */
export function placeIn(marks: Uint8Array, sector: number): number {
  const at = sector * MARK;
  const place = (marks[at] << 16) | (marks[at + 1] << 8) | marks[at + 2];
  return marks[at + 3] === clearedBits(place) ? place : -1;
}

/** Counts the zeros among the 24 bits of a place; these are the bits that a mark clears. */
function clearedBits(place: number): number {
  let count = 24;
  for (let rest = place; rest > 0; rest >>= 1) count -= rest & 1;
  return count;
}
