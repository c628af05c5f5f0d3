/**
 * A small file with what must survive a power cut: the count of readings, and the newest readings themselves. It is
 * always replaced as a whole. Up to 256 bytes lie in the directory block and cost a block erase every dozen writes.
 */
import type { Files } from './kaluma/files.ts';
import type { Reading } from './reading.ts';
import { decodeReadings, encodeReadings, RECORD_LENGTH, toWords } from './records.ts';

const PATH = '/pico-kitchen';
/** Longest file that is read, in bytes; it never gets that long. */
const MAXIMUM_LENGTH = 2048;
/** Words before the readings; the first holds the version. */
const HEADER = 8;
const VERSION = 1;
const WORDS_A_READING = RECORD_LENGTH / 4;
/**
 * Words after the readings. They are fewer than a reading has, so an older program that does not know them ignores
 * them.
 */
const TRAILER = 3;

/**
 * Why the watchdog reset the board. The first: the program hung or ran out of memory. The others: the program asked
 * for it.
 */
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
  /** The number of the next reading. */
  nextSeq: number;
  /** All readings with lower numbers are acknowledged. */
  firstUnacknowledged: number;
  /** Readings ever dropped. */
  dropped: number;
  /**
   * Seconds between readings as a command set them, and the config's value at that time: a new config value ends the
   * command.
   */
  interval: number;
  configInterval: number;
  /** Index into RESTART_REASONS. */
  restartReason: number;
  /** Time at which the board restarted itself, s since 1970; 0 if it did not, or did not know the time. */
  restartTime: number;
  /**
   * Number of deaths in a row. The board dies when the watchdog resets it unasked; a stable connection ends the row.
   */
  deaths: number;
  /** The newest readings that are not acknowledged. */
  readings: Reading[];
  /** `namesMark` of the settings (settings.ts), and the first reading whose sensors are those of that config. */
  namesMark: number;
  namedFrom: number;
}

/** The journal of a board that has never run. */
export function newJournal(): Journal {
  return decode(Uint32Array.of(VERSION, 1, 1, 0, 0, 0, 0, 0));
}

/** Reads the stored journal; null if there is no usable one. @throws Error of the file system */
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
