/** Tests how the bench evaluates its figures, without the rig. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { brokenBudgets } from '../../scripts/bench/budgets.ts';
import { HANDSHAKES, type HandshakeFigures } from '../../scripts/bench/handshake.ts';
import { type CaseFigures, spreads } from '../../scripts/bench/layouts.ts';
import { floorOf, type PrimitiveFigures, PRIMITIVES } from '../../scripts/bench/measure.ts';
import * as primitives from '../../scripts/bench/primitives.ts';
import type { Primitive } from '../../scripts/bench/primitives.ts';
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

test('every floor is made of other primitives, and is lower than the value that it is the floor of', () => {
  // The smallest ones as the board takes them, ms; all others take 1,000.
  const small: Record<string, number> = {
    operations: 1.3,
    sha256Block: 12,
    doublings: 410,
    aesBlock: 2.5,
    ghash: 14,
    product: 2.3,
  };
  const all = PRIMITIVES.map((name): PrimitiveFigures => {
    return { name, title: name, nodeMs: 0, device: { ms: small[name] ?? 1000, heapPeak: 0, programBytes: 0 } };
  });
  const floors = all.map((primitive) => floorOf(primitive, all)?.ms ?? null);
  assert.equal(floors[PRIMITIVES.indexOf('verifyData')], 60);
  assert.equal(floors[PRIMITIVES.indexOf('gcm128')], 9 * 2.5 + 14);
  const without = PRIMITIVES.filter((_, i) => floors[i] === null);
  assert.deepEqual(without, ['aesBlock', 'doublings', 'ghash', 'operations', 'product', 'sha384Block']);
  floors.forEach((floor, i) => assert.ok(floor === null || floor < (all[i].device?.ms ?? 0), PRIMITIVES[i]));
  // A part that does not exist would leave the floor out in silence.
  for (const name of PRIMITIVES) {
    const { floor }: Primitive = primitives[name];
    for (const part of Object.keys(floor?.of ?? {})) assert.ok(PRIMITIVES.includes(part as typeof name), part);
  }
});

/** Executions of the operators in a function that is a loop over blocks, as the generator writes it. */
function operatorsPerBlock(file: string): number {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  let count = 0;
  const visit = (node: ts.Node, times: number): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) count += times;
    if (ts.isForStatement(node)) {
      visit(node.statement, ROUNDS_OF_LOOP);
    } else if (ts.isIfStatement(node)) {
      // Each second round begins a half of a group; each branch over groups is taken once.
      const inTurns = node.expression.getText() === 'half < 1';
      const isEnd = node.expression.getText() === 'group > 2';
      if (isEnd) return;
      visit(node.expression, times);
      visit(node.thenStatement, inTurns ? ROUNDS_OF_LOOP / 2 : 1);
      if (node.elseStatement !== undefined) {
        const isChain = ts.isIfStatement(node.elseStatement);
        visit(node.elseStatement, inTurns ? ROUNDS_OF_LOOP / 2 : isChain ? times : 1);
      }
    } else {
      node.forEachChild((child) => visit(child, times));
    }
  };
  const loopOverBlocks = (node: ts.Node): void => {
    if (ts.isWhileStatement(node)) visit(node.statement, 1);
    else node.forEachChild(loopOverBlocks);
  };
  loopOverBlocks(source);
  return count;
}

/** Rounds of SHA-256 are unrolled by eight, and there are 64. */
const ROUNDS_OF_LOOP = 8;

test('the floor of a block of SHA-256 counts the operators that its source has', () => {
  assert.equal(primitives.sha256Block.floor?.of.operations, operatorsPerBlock('src/crypto/sha256Block.ts') / 1000);
});

test('the page has both tables, with ranges where values differ', () => {
  const page = benchmarksPage(
    {
      primitives: [],
      handshakes: [measured([1000, 2000, 3000])],
      amazon: [{ title: 'below RSA-2048', figures: figures(4000) }],
    },
    { node: 'Node', layouts: 3, readings: 6 },
  );
  assert.match(page, /\| whole program \| RSA-2048 chain, P-256 device key \|/);
  assert.match(page, /\| with stalls of the flash cache \|/);
  assert.match(page, /\| again on the same boot, ms \| 2,000 \(1,000–3,000\) \|/);
  assert.match(page, /3 layouts of the heap/);
  assert.match(page, /the median of 6 on the second connection/);
  assert.match(page, /\| below RSA-2048 \| 4,000 \| 4,000 \| 4,000 \|/);
});
