/**
 * Says which slot and which settings the board uses: a record of 16 bytes in the first page of sector 1 or 2, and
 * marks in the second page. The newer record is in force until its trial has failed; then the older one is again.
 * Setting a mark clears one byte of its page, which needs no erase. A mark that a power cut left half written counts
 * as set.
 *
 *     0   'P', then 1 for this format      4   slot, 0 or 1           6-13   id of the update, 8 characters
 *     2   sequence number, 16 bits         5   settings, 0 or 1       14     CRC-16 of what is before it, big-endian
 */
import { crc16 } from './crc16.ts';
import { PAGE } from './layout.ts';

const MAGIC = 0x50;
const FORMAT = 1;
const LENGTH = 16;

/**
 * Offsets of the marks. The first 12 count the starts on trial; the next 12 say which of these starts are known to
 * have ended.
 */
export const STARTS = 0;
export const MOST_STARTS = 12;
export const ENDED = 12;
export const CONFIRMED = 24;
/** A record with one of these marks is rejected for good; the mark gives the reason. */
export const THREW = 25;
export const HUNG = 26;
export const TOO_MANY_STARTS = 27;
export const NOT_CONNECTED = 28;
/** The first of the marks that count the trials that ended without a connection. */
export const EXPIRED = 29;
export const MOST_TRIALS = 3;
/** The first of the marks that count the trials to repeat, because the network was to blame for the missing connection. */
export const AGAIN = 32;
const MARKS = 34;

export interface BootRecord {
  /** The sector that holds it: 1 or 2. */
  sector: number;
  sequence: number;
  slot: number;
  settings: number;
  id: string;
  /** One byte a mark, 0xff where it is not set. */
  marks: Uint8Array;
}

/** `waiting`: the trial expired, perhaps because of the network. It is repeated once the older program has connected. */
export type RecordState = 'trial' | 'confirmed' | 'rejected' | 'waiting';

/** @param read reads bytes of a sector @returns null if the sector has no intact record */
export function readRecord(
  sector: number,
  read: (sector: number, offset: number, length: number) => Uint8Array,
): BootRecord | null {
  const bytes = read(sector, 0, LENGTH);
  const crc = crc16(LENGTH - 2, (i) => bytes[i]);
  if (bytes[0] !== MAGIC || bytes[1] !== FORMAT || (bytes[14] << 8) + bytes[15] !== crc) return null;
  return {
    sector,
    sequence: (bytes[2] << 8) + bytes[3],
    slot: bytes[4],
    settings: bytes[5],
    // oxlint-disable-next-line prefer-spread -- a spread of bytes costs the engine an array
    id: String.fromCharCode.apply(String, bytes.subarray(6, 14) as unknown as number[]),
    marks: read(sector, PAGE, MARKS),
  };
}

/** Counts the marks that are set from `from` on, up to the first one that is not set; `most` at most. */
export function countMarks({ marks }: BootRecord, from: number, most: number): number {
  let count = 0;
  while (count < most && marks[from + count] !== 0xff) count += 1;
  return count;
}

export function stateOf(record: BootRecord): RecordState {
  const isSet = (mark: number): boolean => record.marks[mark] !== 0xff;
  if (isSet(CONFIRMED)) return 'confirmed';
  const expired = countMarks(record, EXPIRED, MOST_TRIALS);
  if (isSet(THREW) || isSet(HUNG) || isSet(TOO_MANY_STARTS) || isSet(NOT_CONNECTED)) return 'rejected';
  if (expired === MOST_TRIALS) return 'rejected';
  return expired > countMarks(record, AGAIN, MOST_TRIALS - 1) ? 'waiting' : 'trial';
}

/** Why a record was rejected, for people. */
export function whyRejected(record: BootRecord): string {
  const isSet = (mark: number): boolean => record.marks[mark] !== 0xff;
  if (isSet(THREW)) return 'it threw an exception when it started';
  if (isSet(HUNG)) return 'the watchdog ended it';
  if (isSet(TOO_MANY_STARTS)) return `${MOST_STARTS} starts and no connection`;
  if (isSet(NOT_CONNECTED)) return 'it did not connect, and the program before it did';
  return `${countMarks(record, EXPIRED, MOST_TRIALS)} trials without a connection`;
}

/** Encodes the first page of a record's sector. */
export function encodeRecord({ sequence, slot, settings, id }: Omit<BootRecord, 'sector' | 'marks'>): Uint8Array {
  const page = new Uint8Array(PAGE).fill(0xff);
  page.set([MAGIC, FORMAT, sequence >> 8, sequence & 0xff, slot, settings]);
  for (let i = 0; i < 8; i++) page[6 + i] = id.charCodeAt(i);
  const crc = crc16(LENGTH - 2, (i) => page[i]);
  page.set([crc >> 8, crc & 0xff], 14);
  return page;
}

/** The page that sets a mark when it is written over the second page of the record's sector. */
export function markPage(mark: number): Uint8Array {
  const page = new Uint8Array(PAGE).fill(0xff);
  page[mark] = 0;
  return page;
}
