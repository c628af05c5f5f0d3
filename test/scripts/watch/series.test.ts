import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Series } from '../../../scripts/watch/series.ts';

/** A series of readings at these times, s, whose value is the time's. */
function at(...times: number[]): Series {
  const series = new Series();
  for (const time of times) series.add(time, { celsius: time / 100 });
  return series;
}

/** Every `step` seconds from `first` up to `end`. */
function every(step: number, first: number, end: number): number[] {
  return Array.from({ length: Math.ceil((end - first) / step) }, (_, i) => first + step * i);
}

void describe('a series of readings', () => {
  test('keeps them in the order of their times, and each once', () => {
    const series = at(10, 30, 20, 40);
    assert.equal(series.add(30, { celsius: 0.3 }), false);
    assert.equal(series.add(30, { celsius: 0.4 }), true);
    assert.deepEqual(series.curve('celsius', 0, 100, 1000)[1], [0.1, 0.2, 0.3, 0.4, 0.4]);
    assert.equal(series.last(), 40);
  });

  test('takes a backlog that comes late, behind many that came in time', () => {
    const series = at(...every(1, 1000, 3000), ...every(1, 0, 1000));
    const [times] = series.curve('celsius', 0, 3000, 10_000);
    assert.deepEqual(times, every(1, 0, 3000));
  });

  test('keeps what a sensor may measure, to its hundredth, and knows what was not measured', () => {
    const series = new Series();
    series.add(1, { celsius: -55 });
    series.add(2, { celsius: 125.06, humidity: 99.99, pressure: 1099.9 });
    series.add(3, { celsius: 0.01 });
    assert.deepEqual(series.curve('celsius', 0, 9, 99), [
      [1, 2, 3],
      [-55, 125.06, 0.01],
    ]);
    assert.deepEqual(series.curve('humidity', 0, 9, 99), [[2], [99.99]]);
    assert.deepEqual(series.curve('pressure', 0, 9, 99), [[2], [1099.9]]);
  });

  test('finds the interval from the latest readings, whatever a lost or an extra one does', () => {
    assert.equal(at(0, 60).interval(), null);
    assert.equal(at(0, 60, 120, 240, 300, 307, 360, 420).interval(), 60);
    assert.equal(at(...every(60, 0, 3600), ...every(5, 3600, 3650)).interval(), 5);
  });

  test('has gaps where readings are missing, also where the interval changes', () => {
    const gaps = (series: Series): number[] => {
      const [times, values] = series.curve('celsius', 0, 100_000, 100_000);
      return times.filter((_, i) => values[i] === null);
    };
    assert.deepEqual(gaps(at(...every(60, 0, 3600))), []);
    // One missing, then an hour.
    assert.deepEqual(gaps(at(...every(60, 0, 600), ...every(60, 660, 1200), ...every(60, 4800, 6000))), [600, 2970]);
    // Time stamps are whole seconds: of an interval of 2 s some steps are 1 or 3.
    assert.deepEqual(gaps(at(0, 2, 5, 6, 8, 10, 13, 14, 16)), []);
    assert.deepEqual(gaps(at(...every(5, 0, 600), ...every(60, 600, 3600))), []);
    assert.deepEqual(gaps(at(...every(60, 0, 3600), ...every(5, 3600, 3900))), []);
  });

  test('thins a curve out for the screen, and keeps lowest and highest', () => {
    const series = new Series();
    for (let i = 0; i < 10_080; i++)
      series.add(60 * i, { celsius: i === 5000 ? 40 : i === 7000 ? -20 : 20 + (i % 7) / 10 });
    const [times, values] = series.curve('celsius', 0, 604_800, 500);
    assert.ok(times.length <= 1000, `${times.length}`);
    assert.equal(Math.max(...(values as number[])), 40);
    assert.equal(Math.min(...(values as number[])), -20);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.ok(!values.includes(null));
  });

  test('forgets the oldest readings', () => {
    const series = at(...every(1, 0, 100));
    series.trim(20, 1000);
    assert.deepEqual([series.length, series.curve('celsius', 0, 100, 1000)[0][0]], [80, 20]);
    series.trim(0, 10);
    assert.deepEqual([series.length, series.last()], [10, 99]);
    assert.equal(series.add(100, { celsius: 1 }), true);
  });
});
