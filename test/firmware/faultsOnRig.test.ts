/**
 * The fault matrix on the real engine, Kaluma's own image on an emulated RP2040, where it is to be had: one board, which goes
 * through one fault after the other, and whose heap is measured after each.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { endure, type Endured } from './endure.ts';
import { faultMatrix, type Fault } from './faults.ts';
import { Kitchen } from './kitchen.ts';
import { cells, COLUMNS, isWriting, table, writeSection } from './reliability.ts';
import type { RigBoard } from './rig/board.ts';

const skip = rigMissing() ?? false;
const INTERVAL = 5;
/** Bytes that each connection which was refused or reset leaves behind: see `closeSocket()`. */
const LEFT = 16;

/** Faults that take place before a boot are preceded by one here. */
const faults = faultMatrix({ short: true }).map((fault): Fault => {
  if (fault.atBoot !== true) return fault;
  return {
    ...fault,
    resets: ['power'],
    impose(kitchen) {
      kitchen.board.powerCycle();
      return fault.impose(kitchen);
    },
  };
});
const endured: { row: Endured; heap: number }[] = [];
let kitchen: Kitchen<RigBoard> | undefined;
/** Of the heap, in bytes, after the first minute. */
let level = 0;

/** Between two readings, when everything is acknowledged and garbage is collected. */
async function quietLevel({ board }: Kitchen<RigBoard>): Promise<number> {
  const levels: number[] = [];
  for (let i = 0; i < 4; i++) {
    levels.push(await board.heapLevel());
    await board.run(0.7);
  }
  return Math.min(...levels);
}

/** Attempts to connect that failed since the last boot. */
function failures({ board }: Kitchen<RigBoard>): number {
  const boot = board.serial.lastIndexOf(' INFO board ');
  return board.serial.slice(boot).split('; again in ').length - 1;
}

test('real engine: a minute without faults but for one reset', { skip }, async (t) => {
  kitchen = await Kitchen.openOnRig({ intervalSeconds: INTERVAL });
  await kitchen.acknowledged(3, 60);
  // For it a module of Kaluma's is loaded, which stays.
  kitchen.board.faults.cutConnections('reset');
  await kitchen.acknowledged(3, 60);
  await kitchen.board.run(60 - kitchen.board.seconds);
  level = await quietLevel(kitchen);
  t.diagnostic(`heap: ${level} B`);
});

for (const fault of faults) {
  test(`real engine: ${fault.name}`, { skip }, async (t) => {
    assert.ok(kitchen !== undefined);
    const { board } = kitchen;
    const begun = board.seconds;
    board.faults.lift();
    await kitchen.acknowledged(1, 300);
    const row = await endure(kitchen, fault);
    const heap = await quietLevel(kitchen);
    const { back, taken, received, twice } = row;
    t.diagnostic(
      `back after ${back.toFixed(1)} s; ${taken} taken, ${received} received, ${twice} twice; heap ${heap} B, ` +
        `${failures(kitchen)} failures; ${(board.seconds - begun).toFixed(0)} s of the board's`,
    );
    assert.ok(heap <= level + LEFT * failures(kitchen), `heap ${heap} B, after the first minute ${level} B`);
    const strange = board.serial.split('\n').filter((line) => !LINE.test(line));
    assert.deepEqual(strange, []);
    endured.push({ row, heap });
  });
}

/** What the log may hold: its lines, and what Kaluma's prompt makes of the commands that were typed. */
const LINE = /^(>? ?\d+\.\d (INFO|WARN|ERROR) \w+ .*|(> )?\.gc|(> )?\.mem|(> )?for\(;;\);|total: \d+, .*|>? ?)$/;

after(async () => {
  await kitchen?.close();
  if (!isWriting || endured.length < faults.length) return;
  const rows = endured.map(({ row, heap }) => [...cells(row), `${heap} B`]);
  writeSection(
    'On the real image',
    `${INTRODUCTION}\n\n${table([[...COLUMNS, 'heap'], ...rows])}`.replace('LEVEL', level.toLocaleString('en')),
  );
});

const INTRODUCTION = `Kaluma 1.2.1 on the emulated RP2040, with a reading every ${INTERVAL} s; one board for all, which is switched
off only where it says so, or before a fault that begins at boot. _heap_ is what the JavaScript heap holds when the board is
back, after a collection of garbage. After the first minute, with one connection reset, it was LEVEL B; each connection
that is refused or reset after that leaves ${LEFT} B, which Kaluma never frees.`;
