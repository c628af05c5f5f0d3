import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackoff } from '../../firmware/backoff.ts';

test('the bounds of the waits double from 2 s to 2 min, and the jitter fills everything above 1 s', () => {
  const bounds = [2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000];
  const [shortest, longest] = [createBackoff(() => 0), createBackoff(() => 65_535 / 65_536)];
  for (const bound of bounds) {
    assert.equal(shortest.next(), 1000);
    const wait = longest.next();
    assert.ok(wait > 0.99 * bound && wait < bound, `${wait} of ${bound}`);
  }
});

test('a board that restarted for silence begins with the longest waits', () => {
  const backoff = createBackoff(() => 0.999, true);
  assert.ok(backoff.next() > 118_000);
  backoff.reset();
  assert.ok(backoff.next() < 2000);
});

test('the first wait after a stable connection is up to 30 s if other boards may be concerned', () => {
  const [shortest, longest] = [createBackoff(() => 0), createBackoff(() => 0.999)];
  for (let i = 0; i < 10; i++) longest.next();
  longest.spread();
  assert.ok(longest.next() > 29_000);
  assert.ok(longest.next() > 59_000);
  longest.reset();
  assert.ok(longest.next() < 2000);
  shortest.spread();
  assert.equal(shortest.next(), 1000);
});
