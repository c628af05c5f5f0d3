import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSampler, type Sampler } from '../../firmware/sampler.ts';
import { SensorError, type Sensor } from '../../firmware/sensors/sensor.ts';
import { keptLog } from './fakes.ts';

class FakeSensor implements Sensor {
  readonly name = 'FAKE';
  /** ms from start to read. */
  duration = 0;
  /** ms that it takes to start. */
  starting = 0;
  present = true;
  startedAt = -1;
  now = 0;
  identified = 0;

  identify(): void {
    if (!this.present) throw new SensorError('no answer');
    this.identified += 1;
  }

  start(): number {
    if (!this.present) throw new SensorError('no answer');
    this.now += this.starting;
    this.startedAt = this.now;
    return this.duration;
  }

  read(): { celsius: number } {
    if (!this.present) throw new SensorError('no answer');
    assert.ok(this.now - this.startedAt >= this.duration, 'read too early');
    return { celsius: 20 };
  }

  explain({ message }: Error): string {
    return `${message}; check its wires`;
  }
}

function setUp(seconds: number) {
  const sensor = new FakeSensor();
  const { log, lines } = keptLog();
  return { sensor, lines, sampler: createSampler(sensor, seconds, log) };
}

/** Ticks until `end`. @returns when there were measurements */
function run({ sensor, sampler }: { sensor: FakeSensor; sampler: Sampler }, start: number, end: number): number[] {
  const times: number[] = [];
  for (let now = start; now < end; now = Math.max(now, sensor.now) + 20) {
    sensor.now = now;
    if (sampler.tick(now) !== null) times.push(now);
  }
  return times;
}

test('a sampler measures at once, and then at every interval', () => {
  assert.deepEqual(run(setUp(10), 1500, 42_000), [1500, 11_500, 21_500, 31_500, 41_500]);
});

test('a sampler waits for a slow sensor and keeps the rhythm', () => {
  const board = setUp(10);
  board.sensor.duration = 750;
  assert.deepEqual(run(board, 0, 25_000), [780, 10_780, 20_780]);
});

test('the time that it takes to start a sensor does not count as time in which the sensor measured', () => {
  const board = setUp(10);
  [board.sensor.duration, board.sensor.starting] = [750, 200];
  assert.equal(run(board, 0, 25_000).length, 3);
});

test('a sampler does not make up for missed measurements', () => {
  const board = setUp(1);
  run(board, 0, 2010);
  assert.deepEqual(run(board, 32_000, 34_500), [32_000, 33_000, 34_000]);
});

test('a sampler measures on demand, and takes a new interval from then on', () => {
  const board = setUp(60);
  run(board, 0, 1000);
  board.sampler.measureNow();
  assert.deepEqual(run(board, 5000, 6000), [5000]);
  board.sampler.setInterval(2, 6000);
  assert.deepEqual(run(board, 6000, 11_000), [8000, 10_000]);
});

test('a sampler returns nothing for a missing sensor, tries again, and logs when it is back', () => {
  const board = setUp(60);
  board.sensor.present = false;
  assert.deepEqual(run(board, 0, 35_000), []);
  assert.deepEqual(board.lines, ['ERROR sensor FAKE: no answer; check its wires']);
  board.sensor.present = true;
  assert.deepEqual(run(board, 35_000, 41_000), [40_000]);
  assert.deepEqual(board.lines.slice(1), ['INFO sensor FAKE answers again']);
});

test('a sampler logs a missing sensor now and then', () => {
  const board = setUp(60);
  board.sensor.present = false;
  run(board, 0, 600_000);
  assert.equal(board.lines.length, 6);
});

test('a sensor that fails between start and read counts as missing', () => {
  const board = setUp(60);
  board.sensor.duration = 750;
  run(board, 0, 500);
  board.sensor.present = false;
  assert.deepEqual(run(board, 500, 5000), []);
  board.sensor.present = true;
  assert.equal(run(board, 5000, 15_000).length, 1);
});

test('a sampler identifies the sensor at the start and after each failure', () => {
  const board = setUp(10);
  run(board, 0, 35_000);
  assert.equal(board.sensor.identified, 1);
  board.sensor.present = false;
  run(board, 35_000, 75_000);
  assert.equal(board.sensor.identified, 1);
  board.sensor.present = true;
  assert.deepEqual(run(board, 75_000, 95_000).length, 2);
  assert.equal(board.sensor.identified, 2);
});
