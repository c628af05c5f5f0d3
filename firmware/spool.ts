/**
 * Readings in flash, first in, first out, for outages too long for the memory. They are added in batches, to files that
 * fill a block of the flash each, so that a reading costs an eighth of a block erase. They are removed one by one, and a
 * file is deleted when all of its readings are removed.
 */
import type { Files } from './kaluma/files.ts';
import type { Reading } from './reading.ts';
import { decodeReadings, encodeReadings, RECORD_LENGTH, toWords } from './records.ts';

/** Readings that are added, or loaded, together. */
export const BATCH = 8;
/** 4,032 of a block's 4,096 bytes. */
const READINGS_A_FILE = 21 * BATCH;
/** 160 KB of the file system's 512: 4 days of a reading a minute. */
const MAXIMUM_FILES = 40;
const PREFIX = 'readings.';

export interface Spool {
  /** Number of readings. */
  length(): number;
  /** Appends BATCH readings. @returns how many of the oldest were dropped for them @throws Error of the file system */
  append(readings: readonly Reading[]): number;
  /** Returns the oldest readings, at most BATCH, without removing them. */
  peek(): Reading[];
  /** Removes the oldest readings, at most as many as `peek()` returned. */
  remove(count: number): void;
  /** The number of the newest reading, 0 if there is none. */
  lastSeq(): number;
}

/** @throws Error of the file system */
export function openSpool(files: Files): Spool {
  /** Numbers of the oldest and the newest file; all but the newest are full. */
  let first = 1;
  let last = 0;
  let inLast = 0;
  /** Readings at the front of the oldest file that were removed. */
  let removed = 0;

  for (const { name, size } of files.list()) {
    const number = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length)) : 0;
    if (!(number > 0)) continue;
    if (first > last || number < first) first = number;
    if (number > last) {
      last = number;
      inLast = Math.floor(size / RECORD_LENGTH);
    }
  }

  const path = (number: number): string => `/${PREFIX}${number}`;
  const inFirst = (): number => (first > last ? 0 : first === last ? inLast : READINGS_A_FILE) - removed;
  const load = (number: number, at: number, count: number): Reading[] =>
    decodeReadings(toWords(files.read(path(number), at * RECORD_LENGTH, count * RECORD_LENGTH)));
  const dropFirst = (): number => {
    const count = inFirst();
    const number = first;
    first += 1;
    removed = 0;
    try {
      files.remove(path(number));
    } catch {
      // The next boot finds the file again, and the journal says which of its readings are acknowledged.
    }
    return count;
  };

  return {
    length: () => (first < last ? (last - first - 1) * READINGS_A_FILE + inLast : 0) + inFirst(),
    append(readings) {
      const isFull = first > last || inLast >= READINGS_A_FILE;
      const number = isFull ? last + 1 : last;
      files.append(path(number), encodeReadings(readings));
      last = number;
      inLast = (isFull ? 0 : inLast) + readings.length;
      return last - first >= MAXIMUM_FILES ? dropFirst() : 0;
    },
    peek: () => load(first, removed, Math.min(BATCH, inFirst())),
    remove(count) {
      removed += count;
      if (first <= last && inFirst() <= 0) dropFirst();
    },
    lastSeq() {
      const [newest] = first > last ? [] : load(last, inLast - 1, 1);
      return newest === undefined ? 0 : newest.seq;
    },
  };
}
