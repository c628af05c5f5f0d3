/**
 * Encodes readings for flash: six words of 32 bits each, in the byte order that PC and board share. The second word
 * has the uptime in its lower bits and the index of the sensor above, so a program that knows only one sensor can
 * read the rest.
 */
import type { Reading } from './reading.ts';

/** Bytes of one reading. */
export const RECORD_LENGTH = 24;
/** Larger than every uptime in s, because the board restarts itself after 48 days. */
const UPTIMES = 2 ** 22;
/** Added to hundredths of a quantity to make them positive; a word of 0 means that the quantity is missing. */
const BIAS = 100_000;

/** @param header words before the readings @param trailer words after them */
export function encodeReadings(
  readings: readonly Reading[],
  header: readonly number[] = [],
  trailer: readonly number[] = [],
): Uint8Array {
  const words = [...header];
  for (const { seq, sensor = 0, uptime, time, celsius, humidity, pressure } of readings) {
    words.push(seq, uptime + sensor * UPTIMES, time === null ? 0 : time / 1000);
    for (const value of [celsius, humidity, pressure]) {
      words.push(value === undefined ? 0 : Math.round(value * 100) + BIAS);
    }
  }
  words.push(...trailer);
  return new Uint8Array(new Uint32Array(words).buffer);
}

/** @param words the encoded readings, from index `at` on; an incomplete one at the end is ignored */
export function decodeReadings(words: Uint32Array, at = 0): Reading[] {
  const readings: Reading[] = [];
  for (; at + 6 <= words.length; at += 6) {
    const [seq, moment, time, celsius, humidity, pressure] = words.subarray(at, at + 6);
    const uptime = moment % UPTIMES;
    readings.push({
      ...(moment > uptime && { sensor: (moment - uptime) / UPTIMES }),
      seq,
      uptime,
      time: time === 0 ? null : time * 1000,
      celsius: (celsius - BIAS) / 100,
      ...(humidity > 0 && { humidity: (humidity - BIAS) / 100 }),
      ...(pressure > 0 && { pressure: (pressure - BIAS) / 100 }),
    });
  }
  return readings;
}

/** The words of a file; bytes after the last complete word are ignored. */
export function toWords(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
}
