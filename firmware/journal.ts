/**
 * What must outlive a power cut, in one small file that is replaced as a whole: where the count of readings stands, and
 * the newest readings themselves. Up to 256 bytes lie in the directory block and cost a block erase every dozen writes.
 */
import type { Files } from './kaluma/files.ts';
import type { Reading } from './reading.ts';
import { decodeReadings, encodeReadings, RECORD_LENGTH, toWords } from './records.ts';

const PATH = '/pico-kitchen';
/** Bytes; more than it ever gets. */
const MAXIMUM_LENGTH = 2048;
/** Words in front of the readings; the first holds the version. */
const HEADER = 8;
const VERSION = 1;
const WORDS_A_READING = RECORD_LENGTH / 4;
/** Words behind the readings: fewer than a reading has, so a program that knows nothing of them ignores them. */
const TRAILER = 3;

/** Why the watchdog bit: because the program hung or its memory was exhausted, or because it wanted to be restarted. */
export const RESTART_REASONS = [
  'watchdog',
  'offline for an hour',
  'two connections fell silent',
  'connections keep falling silent',
  'offline for 12 hours',
  'up for 48 days',
  'update',
] as const;
export type RestartReason = Exclude<(typeof RESTART_REASONS)[number], 'watchdog'>;

export interface Journal {
  /** The number that the next reading gets. */
  nextSeq: number;
  /** Readings below are acknowledged. */
  firstUnacknowledged: number;
  /** Readings given up, ever. */
  dropped: number;
  /** Seconds between readings that a command set, and the config's when it did: a new config ends the old command. */
  interval: number;
  configInterval: number;
  /** Index of RESTART_REASONS. */
  restartReason: number;
  /** When the board restarted itself, s since 1970; 0 if it did not, or did not know. */
  restartTime: number;
  /** How often in a row the board died: the watchdog bit by itself, and no connection lasted since. */
  deaths: number;
  /** The newest, as far as they are not acknowledged. */
  readings: Reading[];
  /** `namesMark` of the settings (settings.ts), and from which reading on the sensors are those of that config. */
  namesMark: number;
  namedFrom: number;
}

/** The beginning of all. */
export function newJournal(): Journal {
  return decode(Uint32Array.of(VERSION, 1, 1, 0, 0, 0, 0, 0));
}

/** What was stored; null if nothing usable is there. @throws Error of the file system */
export function loadJournal(files: Files): Journal | null {
  const words = toWords(files.read(PATH, 0, MAXIMUM_LENGTH));
  return words.length >= HEADER && words[0] === VERSION ? decode(words) : null;
}

function decode(words: Uint32Array): Journal {
  const hasTrailer = (words.length - HEADER) % WORDS_A_READING === TRAILER;
  const [deaths, namesMark, namedFrom] = hasTrailer ? words.subarray(-TRAILER) : [0, 0, 0];
  return {
    nextSeq: words[1],
    firstUnacknowledged: words[2],
    dropped: words[3],
    interval: words[4],
    configInterval: words[5],
    restartReason: words[6],
    restartTime: words[7],
    deaths,
    readings: decodeReadings(words, HEADER),
    namesMark,
    namedFrom,
  };
}

/** @throws Error of the file system */
export function storeJournal(files: Files, journal: Journal): void {
  const { nextSeq, firstUnacknowledged, dropped, interval, configInterval, restartReason, restartTime } = journal;
  const header = [VERSION, nextSeq, firstUnacknowledged, dropped, interval, configInterval, restartReason, restartTime];
  const { deaths, namesMark, namedFrom } = journal;
  files.write(PATH, encodeReadings(journal.readings, header, [deaths, namesMark, namedFrom]));
}
