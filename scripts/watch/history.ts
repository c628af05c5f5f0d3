/**
 * The history: one CSV file a day (UTC). Each reading is appended when it arrives, and never changed. A reading that the
 * board kept during an outage is in the file of the day on which it arrived.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemProblem, UserError } from '../lib/cli.ts';
import { makeFolder } from '../lib/files.ts';
import type { Boards } from './watchedBoards.ts';
import { HistoryLine } from './historyLine.ts';
import type { ReadingMessage } from './messages.ts';
import { WEEK } from './series.ts';

/** The columns, also of `--csv`. */
export const COLUMNS = 'time,board,sensor,celsius,humidity_percent,pressure_hpa,seq,received';

const DAY = 86_400_000;
/** Bytes that are read at a time. */
const CHUNK = 1 << 16;
/** Most bytes of a line that this program has written. */
const LONGEST_LINE = 400;
const LF = 0x0a;

/** A line of CSV. No field needs quotes, because names are checked and the other fields are numbers and times. */
export function csvLine(board: string, reading: ReadingMessage, received: number): string {
  const { time, sensor, celsius, humidity = '', pressure = '', seq } = reading;
  const taken = time === null ? '' : isoTime(time);
  return [taken, board, sensor, celsius, humidity, pressure, seq, isoTime(received)].join(',');
}

export class History {
  private readonly folder: string;
  private file: { day: string; descriptor: number } | null = null;

  /** @throws UserError if the folder cannot be created or read */
  constructor(folder: string) {
    this.folder = folder;
    try {
      makeFolder(folder);
      readdirSync(folder);
    } catch (error) {
      throw new UserError(`--history ${folder}: ${systemProblem(error)}`);
    }
  }

  /**
   * Reads the last week; lines that this command did not write are skipped.
   * @param now ms since 1970
   * @returns the number of readings
   * @throws UserError
   */
  load(boards: Boards, now: number): number {
    const from = now - WEEK * 1000;
    const line = new HistoryLine();
    let count = 0;
    for (const name of readdirSync(this.folder).sort()) {
      const day = /^(\d{4}-\d\d-\d\d)\.csv$/.exec(name)?.[1];
      if (day === undefined || !(Date.parse(day) + DAY > from)) continue;
      try {
        eachLine(join(this.folder, name), (bytes, start, end) => {
          if (!line.read(bytes, start, end) || line.time < from || line.time > now) return;
          boards.restore(line, now);
          count += 1;
        });
      } catch (error) {
        throw new UserError(`cannot read ${join(this.folder, name)}: ${systemProblem(error)}`);
      }
    }
    boards.restored();
    return count;
  }

  /** @param now ms since 1970 @throws UserError if it cannot be written */
  append(board: string, reading: ReadingMessage, now: number): void {
    const day = isoTime(now).slice(0, 10);
    const path = join(this.folder, `${day}.csv`);
    try {
      if (this.file?.day !== day) {
        this.close();
        this.file = { day, descriptor: openForLines(path) };
      }
      writeSync(this.file.descriptor, `${csvLine(board, reading, now)}\n`);
    } catch (error) {
      throw new UserError(`cannot write ${path}: ${systemProblem(error)}`);
    }
  }

  close(): void {
    if (this.file !== null) closeSync(this.file.descriptor);
    this.file = null;
  }
}

/** Opens a CSV file for appending. Writes the header if it is new, and ends a line that a power cut left incomplete. */
export function openForLines(path: string): number {
  const descriptor = openSync(path, 'a+', 0o600);
  const status = fstatSync(descriptor);
  const { size } = status;
  // A pipe has no size, and gets the header like a new file.
  if (!status.isFile() || size === 0) {
    writeSync(descriptor, `${COLUMNS}\n`);
    return descriptor;
  }
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  if (last[0] !== LF) writeSync(descriptor, '\n');
  return descriptor;
}

/** Reads line by line, because a week's file may have hundreds of megabytes. */
function eachLine(path: string, take: (bytes: Buffer, start: number, end: number) => void): void {
  const descriptor = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(LONGEST_LINE + CHUNK);
    /** Bytes of a line whose end is yet to come. */
    let begun = 0;
    for (;;) {
      const length = readSync(descriptor, buffer, begun, CHUNK, null);
      if (length === 0) break;
      const bytes = buffer.subarray(0, begun + length);
      let start = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
        if (end - start <= LONGEST_LINE) take(bytes, start, end);
        start = end + 1;
      }
      begun = bytes.length - start > LONGEST_LINE ? 0 : bytes.copy(buffer, 0, start);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** To whole seconds. */
function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
