import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoTime, readingJson, round } from '../../firmware/reading.ts';

const reading = { celsius: 21.5, seq: 17, uptime: 1234, time: Date.UTC(2026, 10, 23, 8) };

test('a reading becomes the JSON that the README shows', () => {
  assert.equal(
    readingJson('kitchen-1', reading),
    '{"device":"kitchen-1","celsius":21.5,"time":"2026-11-23T08:00:00Z","seq":17,"uptime_s":1234}',
  );
});

test('a reading has humidity and pressure where the sensor measures them, and no time where none was known', () => {
  assert.deepEqual(JSON.parse(readingJson('a', { ...reading, humidity: 45.2, pressure: 1013.2, time: null })), {
    device: 'a',
    celsius: 21.5,
    humidity_percent: 45.2,
    pressure_hpa: 1013.2,
    time: null,
    seq: 17,
    uptime_s: 1234,
  });
});

test('the time of a reading is cut to the second', () => {
  assert.equal(isoTime(Date.UTC(2026, 10, 23, 8, 0, 0, 999)), '2026-11-23T08:00:00Z');
});

test('round() leaves no more decimals than asked for', () => {
  for (let value = -40; value < 85; value += 0.0137) {
    assert.match(String(round(value, 2)), /^-?\d+(\.\d{1,2})?$/);
    assert.ok(Math.abs(round(value, 1) - value) <= 0.05000001);
  }
});
