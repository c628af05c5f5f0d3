/**
 * Readings as they lie in flash: six words of 32 bits each, in the byte order that PC and board share. The second word is
 * the uptime and, above it, the index of the sensor: a program that knows one sensor only still reads all else as it is.
 */
import type { Reading } from './reading.ts';

/** Bytes of a reading. */
export const RECORD_LENGTH = 24;
/** Above every uptime in s: the board restarts itself after 48 days. */
const UPTIMES = 2 ** 22;
/** What is added to hundredths of a quantity, so that they are positive; 0 stands for none. */
const BIAS = 100_000;

/** @param header words to put in front @param trailer words to put behind */
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

/** @param words as encoded, from `at` on; what is left over behind the last whole reading is ignored */
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

/** The words of a file; bytes behind the last whole one are ignored. */
export function toWords(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
}
