/** Readings as they lie in flash: six words of 32 bits each, in the byte order that PC and board share. */
import type { Reading } from './reading.ts';

/** Bytes of a reading. */
export const RECORD_LENGTH = 24;
/** In place of a quantity that the sensor does not measure. */
const NONE = 0xffffffff;
/** Keeps temperatures positive; they are stored in hundredths. */
const COLDEST = 1000;

/** @param header words to put in front */
export function encodeReadings(readings: readonly Reading[], header: readonly number[] = []): Uint8Array {
  const words = [...header];
  for (const { seq, uptime, time, celsius, humidity = -1, pressure = -1 } of readings) {
    words.push(seq, uptime, time === null ? 0 : time / 1000, Math.round((celsius + COLDEST) * 100));
    words.push(humidity < 0 ? NONE : Math.round(humidity * 100), pressure < 0 ? NONE : Math.round(pressure * 100));
  }
  return new Uint8Array(new Uint32Array(words).buffer);
}

/** @param words as encoded, from `at` on; what is left over behind the last whole reading is ignored */
export function decodeReadings(words: Uint32Array, at = 0): Reading[] {
  const readings: Reading[] = [];
  for (; at + 6 <= words.length; at += 6) {
    const [seq, uptime, time, celsius, humidity, pressure] = words.subarray(at, at + 6);
    const reading: Reading = {
      seq,
      uptime,
      time: time === 0 ? null : time * 1000,
      celsius: (celsius - COLDEST * 100) / 100,
    };
    if (humidity !== NONE) reading.humidity = humidity / 100;
    if (pressure !== NONE) reading.pressure = pressure / 100;
    readings.push(reading);
  }
  return readings;
}

/** The words of a file; bytes behind the last whole one are ignored. */
export function toWords(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice(0, bytes.length & ~3).buffer);
}
