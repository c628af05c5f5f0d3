import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reading } from '../../firmware/reading.ts';
import { decodeReadings, encodeReadings, RECORD_LENGTH, toWords } from '../../firmware/records.ts';

const READINGS: Reading[] = [
  { seq: 1, uptime: 0, time: null, celsius: 0 },
  { seq: 4_000_000_000, uptime: 4_147_200, time: Date.UTC(2099, 0, 1), celsius: -55 },
  { seq: 3, uptime: 12, time: Date.UTC(2026, 10, 23, 8), celsius: 150, humidity: 0, pressure: 1100 },
  { seq: 4, uptime: 13, time: null, celsius: 21.46, humidity: 100, pressure: 300.05 },
  { seq: 5, uptime: 13, time: null, celsius: -0.07, humidity: 45.25 },
];

test('records are read as they were written', () => {
  const bytes = encodeReadings(READINGS);
  assert.equal(bytes.length, READINGS.length * RECORD_LENGTH);
  assert.deepEqual(decodeReadings(toWords(bytes)), READINGS);
});

test('records are read behind a header, and torn bytes behind them are ignored', () => {
  const bytes = encodeReadings(READINGS, [7, 8]);
  for (let cut = 0; cut < RECORD_LENGTH; cut++) {
    const words = toWords(bytes.subarray(0, bytes.length - cut));
    assert.deepEqual([...words.subarray(0, 2)], [7, 8]);
    assert.deepEqual(decodeReadings(words, 2), cut === 0 ? READINGS : READINGS.slice(0, -1));
  }
});

test('records keep times to the second', () => {
  const [reading] = decodeReadings(toWords(encodeReadings([{ ...READINGS[2], time: 1_795_420_800_999 }])));
  assert.equal(reading.time, 1_795_420_800_000);
});

test('records keep the sensor of a reading, and a program that knows one sensor only can read them', () => {
  const readings = READINGS.map((reading, i) => (i === 0 ? reading : { ...reading, sensor: i % 4 || 1 }));
  const words = toWords(encodeReadings(readings));
  assert.deepEqual(decodeReadings(words), readings);
  // Such a program takes the six words as they are.
  READINGS.forEach(({ seq, time, celsius }, i) => {
    const [first, , third, fourth] = words.subarray(6 * i);
    assert.deepEqual([first, third * 1000, (fourth - 100_000) / 100], [seq, time ?? 0, celsius]);
  });
});
