/** Tests how the bench evaluates its figures, without the rig. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brokenBudgets } from '../../scripts/bench/budgets.ts';
import { HANDSHAKES, type HandshakeFigures } from '../../scripts/bench/handshake.ts';
import { type CaseFigures, spreads } from '../../scripts/bench/layouts.ts';
import { floorOf, type PrimitiveFigures, PRIMITIVES } from '../../scripts/bench/measure.ts';
import { probeText } from '../../scripts/bench/probe.ts';
import { benchmarksPage } from '../../scripts/bench/report.ts';
import budgets from '../../scripts/budgets.json' with { type: 'json' };

const figures = (value: number): HandshakeFigures => ({
  programBytes: value,
  firstMs: value,
  againMs: value,
  keptMs: value,
  beforeDialMs: value,
  firstReadingMs: value,
  keptReadingMs: value,
  readingMs: value,
  longestTurnMs: value,
  heapLoaded: value,
  heapPeak: value,
});

const [{ title }] = HANDSHAKES;
const measured = (values: number[]): CaseFigures => {
  const spread = spreads(values.map(figures));
  return { title, plain: spread, stalled: spread };
};

test('a row has the median and both ends of the range', () => {
  assert.deepEqual(spreads([5, 1, 3].map(figures)).againMs, { median: 3, least: 1, most: 5 });
});

test('budgets hold for the worst layout, and each one that it exceeds is reported with its value', () => {
  assert.deepEqual(brokenBudgets([measured([1, 1, 1])]), []);
  assert.equal(brokenBudgets([measured([1, 1, 1e9])]).length, Object.keys(figures(0)).length);
  const { programBytes } = budgets;
  const one = { ...measured([1]), plain: { ...measured([1]).plain } };
  one.plain.programBytes = { median: 1, least: 1, most: programBytes + 1 };
  assert.deepEqual(brokenBudgets([one]), [`${title}: program, B: ${programBytes + 1}, budget ${programBytes}`]);
});

test('every case has budgets, and every budget has a case', () => {
  assert.deepEqual(
    budgets.handshakes.map((budget) => budget.title),
    HANDSHAKES.map((kind) => kind.title),
  );
});

test('layouts differ in the padding only, and keep the length', () => {
  assert.notEqual(probeText(0), probeText(1));
  assert.equal(probeText(0).length, probeText(49).length);
});

test('every floor is made of another primitive, and is lower than the value that it is the floor of', () => {
  const all = PRIMITIVES.map((name): PrimitiveFigures => {
    const ms = name === 'sha256Block' ? 10 : name === 'doublings' ? 500 : 1000;
    return { name, title: name, nodeMs: 0, device: { ms, heapPeak: 0, programBytes: 0 } };
  });
  const floors = all.map((primitive) => floorOf(primitive, all)?.ms ?? null);
  assert.deepEqual(floors[PRIMITIVES.indexOf('verifyData')], 50);
  assert.equal(floors.filter((floor) => floor !== null).length, 7);
  for (const floor of floors) assert.ok(floor === null || floor < 1000);
});

test('the page has both tables, with ranges where values differ', () => {
  const page = benchmarksPage({ primitives: [], handshakes: [measured([1000, 2000, 3000])] }, 'Node', 3);
  assert.match(page, /\| whole program \| RSA-2048 chain, P-256 device key \|/);
  assert.match(page, /\| with stalls of the flash cache \|/);
  assert.match(page, /\| again on the same boot, ms \| 2,000 \(1,000–3,000\) \|/);
  assert.match(page, /3 layouts of the heap/);
});
