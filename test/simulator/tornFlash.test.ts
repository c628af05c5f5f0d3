/**
 * A power cut in the middle of a page or of an erase leaves the same behind on the simulated board as on the emulated one: so
 * many of its bits have changed, by chance which, and nothing beside it has.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import type { KitchenBoard } from '../firmware/kitchenBoard.ts';
import { RigBoard } from '../firmware/rig/rigBoard.ts';

/** Shares of an operation that are done when the power fails; each for a page, then for an erase. */
const SHARES = [0.1, 0.5, 0.97];
/** Flash operations of a step: of the program's marks, of preparing the sector, and the one that is cut. */
const OPERATIONS = [1 + 1 + 1, 1 + (1 + 16) + 1];
const BITS = { page: 256 * 8, sector: 4096 * 8 };

/**
 * Each boot prints how many bits are set in the page, in the rest of its sector, and in the next one, then does the next step.
 * Sectors are counted from the beginning of Kaluma's storage, which lies before the program's.
 */
const PROGRAM = `
const flash = new (require('flash').Flash)(0, 0);
const [MARKS, TORN, NEXT] = [100, 101, 102];
const ones = (sector, from, to) => {
  const bytes = new Uint8Array(256);
  let count = 0;
  for (let at = from; at < to; at += 256) {
    flash.read(sector, bytes, at);
    for (let i = 0; i < 256; i++) for (let rest = bytes[i]; rest > 0; rest >>= 1) count += rest & 1;
  }
  return count;
};
const mark = new Uint8Array(1);
let step = 0;
for (; flash.read(MARKS, mark, step * 256), mark[0] === 0; step++);
console.log('TORN', ones(TORN, 0, 256), ones(TORN, 256, 4096), ones(NEXT, 0, 4096));
// What is printed reaches the other end of USB 1.3 s after power-on.
setTimeout(() => {
  flash.write(MARKS, new Uint8Array(256), step * 256);
  flash.ioctl(6, TORN);
  if (step % 2 === 0) flash.write(TORN, new Uint8Array(256), 0);
  else {
    flash.write(TORN, new Uint8Array(4096), 0);
    flash.ioctl(6, TORN);
  }
}, 2000);`;

/** Goes through all steps. @returns the numbers that the program printed after each */
async function tear(board: KitchenBoard): Promise<number[][]> {
  const torn = (): string[] => board.serial.match(/^TORN .*\n/gm) ?? [];
  for (const [i, { share, operations }] of STEPS.entries()) {
    await board.runUntil(() => torn().length > i, { limitSeconds: 5 });
    board.faults.cutPowerAtFlashOperation(operations, share);
    await board.runUntil(() => board.resets.length > i, { limitSeconds: 5 });
  }
  await board.runUntil(() => torn().length > STEPS.length, { limitSeconds: 5 });
  return torn()
    .slice(1)
    .map((line) => line.split(' ').slice(1).map(Number));
}

const STEPS = SHARES.flatMap((share) => OPERATIONS.map((operations) => ({ share, operations })));

function assertTorn(found: readonly number[][]): void {
  SHARES.forEach((share, i) => {
    // Five standard deviations: of two million runs one fails.
    const near = (count: number, of: number, expected: number, what: string): void =>
      assert.ok(
        Math.abs(count / of - expected) < 5 * Math.sqrt((share * (1 - share)) / of),
        `${what}, share ${share}: ${count} of ${of} bits are set`,
      );
    const [page, rest, next] = found[2 * i];
    near(page, BITS.page, 1 - share, 'page');
    assert.deepEqual([rest, next], [BITS.sector - BITS.page, BITS.sector]);
    const [first, others, untouched] = found[2 * i + 1];
    near(first + others, BITS.sector, share, 'erase');
    assert.equal(untouched, BITS.sector);
  });
}

test('on the simulated board, a power cut leaves a share of the bits of a page or an erase changed', async () => {
  const board = new SimulatedBoard({ program: PROGRAM, clock: 'virtual' });
  try {
    assertTorn(await tear(board));
  } finally {
    board.close();
  }
});

test('on the emulated board, it leaves the same', { skip: rigMissing() ?? false }, async () => {
  const nowhere = { dialled: 1, port: 1, password: '12345678' };
  const board = await RigBoard.boot({ program: PROGRAM, ...nowhere, pauseMillis: 1, watchMalloc: false });
  try {
    assertTorn(await tear(board));
  } finally {
    board.close();
  }
});
