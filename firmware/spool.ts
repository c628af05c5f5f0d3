/**
 * Records on flash, first in first out, for outages longer than the memory's. They are appended some at a time to files
 * of one flash block, so that a reading costs an eighth of a block erase, and removed a file at a time.
 */
import type { Files } from './kaluma/files.ts';

/** A file fills one block of 4 KB. */
const RECORDS_A_FILE = 224;
/** 240 KB of the file system's 512; six days of a reading a minute. */
const MAXIMUM_FILES = 40;

export class Spool {
  private readonly files: Files;
  private readonly prefix: string;
  private readonly recordLength: number;
  /** Numbers of the files, oldest first, and how many records each has. */
  private readonly numbers: number[] = [];
  private readonly counts: number[] = [];
  /** Records at the front of the oldest file that are removed already. */
  private removed = 0;

  /** @param prefix of the files' names, which go on with a number */
  constructor(files: Files, prefix: string, recordLength: number) {
    this.files = files;
    this.prefix = prefix;
    this.recordLength = recordLength;
    const found = files
      .list()
      .filter(({ name }) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
      .map(({ name, size }) => ({ number: Number(name.slice(prefix.length)), count: Math.floor(size / recordLength) }))
      .sort((a, b) => a.number - b.number);
    for (const { number, count } of found) {
      this.numbers.push(number);
      this.counts.push(count);
    }
  }

  /** Records in it. */
  get length(): number {
    return this.counts.reduce((sum, count) => sum + count, -this.removed);
  }

  /**
   * Puts records behind the last.
   * @returns how many of the oldest had to go for them
   * @throws SystemError of Kaluma's when the flash cannot be written
   */
  append(records: Uint8Array): number {
    let dropped = 0;
    let last = this.numbers.length - 1;
    if (last < 0 || this.counts[last] >= RECORDS_A_FILE) {
      if (this.numbers.length >= MAXIMUM_FILES) dropped = this.dropOldest();
      this.numbers.push(last < 0 ? 1 : this.numbers[this.numbers.length - 1] + 1);
      this.counts.push(0);
      last = this.numbers.length - 1;
    }
    this.files.append(this.path(last), records);
    this.counts[last] += records.length / this.recordLength;
    return dropped;
  }

  /** The oldest records, up to `count`, which stay. */
  peek(count: number): Uint8Array {
    if (this.numbers.length === 0) return new Uint8Array(0);
    const length = Math.min(count, this.counts[0] - this.removed) * this.recordLength;
    return this.files.read(this.path(0), this.removed * this.recordLength, length) ?? new Uint8Array(0);
  }

  /** The newest record; empty if there is none. */
  last(): Uint8Array {
    const index = this.numbers.length - 1;
    if (index < 0) return new Uint8Array(0);
    const { recordLength } = this;
    return (
      this.files.read(this.path(index), (this.counts[index] - 1) * recordLength, recordLength) ?? new Uint8Array(0)
    );
  }

  /** Takes the oldest records away, at most those of one `peek()`. */
  remove(count: number): void {
    this.removed += count;
    if (this.numbers.length > 0 && this.removed >= this.counts[0]) this.dropOldest();
  }

  /** @returns how many records went with the file */
  private dropOldest(): number {
    const count = this.counts[0] - this.removed;
    this.files.remove(this.path(0));
    this.numbers.shift();
    this.counts.shift();
    this.removed = 0;
    return count;
  }

  private path(index: number): string {
    return `/${this.prefix}${this.numbers[index]}`;
  }
}
