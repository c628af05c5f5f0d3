/**
 * A line of the history, read from its bytes: a week of 200 boards has two million lines, which would be a gigabyte of
 * garbage as strings.
 */

const [COMMA, MINUS, POINT, ZERO] = [0x2c, 0x2d, 0x2e, 0x30];
/** Fields of a line, as `COLUMNS` (history.ts) has them. */
const FIELDS = 8;
/** Digits of a number, with which it is exact. */
const MOST_DIGITS = 15;
const POWERS = Array.from({ length: MOST_DIGITS + 1 }, (_, i) => 10 ** i);
/** The length of a time such as 2026-11-30T07:59:00Z. */
const TIME_LENGTH = 20;

/** The content of the last line that was read. */
export class HistoryLine {
  /** Time at which the reading was taken, ms since 1970. */
  time = 0;
  board = '';
  sensor = '';
  celsius = 0;
  /** Undefined where the sensor does not measure them. */
  humidity: number | undefined = undefined;
  pressure: number | undefined = undefined;
  seq = 0;
  /** The offsets at which the fields begin, and one more at the end. */
  private readonly starts = new Int32Array(FIELDS + 1);
  /** The names that came before, by a hash of their bytes. */
  private readonly names = new Map<number, string>();

  /** @returns false for what is no line of ours, or was taken at a time that nobody knew */
  read(bytes: Buffer, start: number, end: number): boolean {
    if (!this.split(bytes, start, end)) return false;
    this.time = this.timeOf(bytes);
    this.board = this.name(bytes, 1);
    this.sensor = this.name(bytes, 2);
    this.celsius = this.number(bytes, 3);
    this.humidity = this.isEmpty(4) ? undefined : this.number(bytes, 4);
    this.pressure = this.isEmpty(5) ? undefined : this.number(bytes, 5);
    this.seq = this.number(bytes, 6);
    if (this.board === '') return false;
    return Number.isFinite(this.time + this.celsius + (this.humidity ?? 0) + (this.pressure ?? 0) + this.seq);
  }

  /** Finds the fields. */
  private split(bytes: Buffer, start: number, end: number): boolean {
    let count = 0;
    this.starts[count++] = start;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== COMMA) continue;
      if (count === FIELDS) return false;
      this.starts[count++] = at + 1;
    }
    this.starts[count] = end + 1;
    return count === FIELDS;
  }

  private end(field: number): number {
    return this.starts[field + 1] - 1;
  }

  private isEmpty(field: number): boolean {
    return this.starts[field] === this.end(field);
  }

  /** @returns NaN for what is no number, or more exact than any of ours */
  private number(bytes: Buffer, field: number): number {
    const end = this.end(field);
    let at = this.starts[field];
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at += 1;
    let value = 0;
    let digits = 0;
    let point = end;
    for (; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (bytes[at] === POINT && point === end) point = at;
      else if (digit < 0 || digit > 9) return NaN;
      else {
        value = 10 * value + digit;
        digits += 1;
      }
    }
    if (digits === 0 || digits > MOST_DIGITS) return NaN;
    const size = value / POWERS[Math.max(0, end - point - 1)];
    return isNegative ? -size : size;
  }

  /** @returns NaN for what is no time in the form of ours */
  private timeOf(bytes: Buffer): number {
    const [start] = this.starts;
    if (this.end(0) - start !== TIME_LENGTH) return NaN;
    const year = 100 * twoDigits(bytes, start) + twoDigits(bytes, start + 2);
    const [month, day] = [twoDigits(bytes, start + 5), twoDigits(bytes, start + 8)];
    const [hour, minute, second] = [
      twoDigits(bytes, start + 11),
      twoDigits(bytes, start + 14),
      twoDigits(bytes, start + 17),
    ];
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  private name(bytes: Buffer, field: number): string {
    const [start, end] = [this.starts[field], this.end(field)];
    let hash = 0;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
    const known = this.names.get(hash);
    if (known !== undefined && isText(known, bytes, start, end)) return known;
    const name = bytes.toString('latin1', start, end);
    this.names.set(hash, name);
    return name;
  }
}

function twoDigits(bytes: Buffer, at: number): number {
  const [tens, ones] = [bytes[at] - ZERO, bytes[at + 1] - ZERO];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : NaN;
}

function isText(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
