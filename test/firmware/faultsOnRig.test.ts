/**
 * The fault matrix on the real engine, Kaluma's own image on an emulated RP2040, if it is available: one board goes
 * through one fault after the other, and its heap is measured after each.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { endure, type Endured } from './endure.ts';
import { faultMatrix, type Fault } from './faults.ts';
import { Kitchen } from './kitchen.ts';
import { cells, COLUMNS, isWriting, table, writeSection } from './reliability.ts';
import type { RigBoard } from './rig/rigBoard.ts';

const skip = rigMissing() ?? false;
/** Seconds between readings. */
const INTERVAL = 5;
/** Bytes that each connection which was refused or reset leaves behind: see `closeSocket()`. */
const LEFT = 16;
/** Bytes that are allocated the first time that something fails, and stay allocated: 24 were seen. */
const FIRST_USE = 64;
/** Failures after which the waits have grown long. */
const WEARY = 3;
/** Whether faults last as long, and come at as many steps, as on the simulated board. */
const isWhole = process.env.FAULTS === 'whole';
/** For how long the heap is watched. */
const MINUTES = Number(process.env.HEAP_MINUTES ?? 60);
/** All that the log may contain: the board's lines, and the prompt's output for the commands that were typed. */
const LINE = /^(>? ?\d+\.\d (INFO|WARN|ERROR) \w+ .*|(> )?(\.gc|\.mem|for\(.*)|total: \d+, .*|>? ?)$/;

/** A fault that is imposed before a boot comes after a boot without one. */
function atBoot(fault: Fault): Fault {
  if (fault.atBoot !== true) return fault;
  return {
    ...fault,
    resets: ['power'],
    impose(kitchen) {
      kitchen.board.powerCycle();
      return fault.impose(kitchen);
    },
  };
}

const HEAP_EXHAUSTED: Fault = {
  name: 'JavaScript heap exhausted',
  limit: 60,
  impose: async ({ board }) => {
    await board.run(40);
    kitchen?.board.exhaustHeap();
    await board.run(12);
  },
  logs: /last reset: watchdog;/,
  resets: ['watchdog'],
};

const faults = [...faultMatrix({ short: !isWhole }).map(atBoot), HEAP_EXHAUSTED].sort(
  // The board with another sensor comes last.
  (a, b) => Number(a.sensor !== undefined) - Number(b.sensor !== undefined),
);
const endured: { row: Endured; heap: number }[] = [];
let kitchen: Kitchen<RigBoard> | undefined;
let sensor: Fault['sensor'];
/** The place in its log at which the board last had a connection for a minute. */
let settledAt = 0;
/** Bytes of the heap in use after the first minute of the first board. */
let firstLevel = 0;
/** Bytes in use after the first minute of this board. */
let level = 0;

/** Between two readings, when everything is acknowledged and garbage is collected. */
async function quietLevel({ board }: Kitchen<RigBoard>): Promise<number> {
  const levels: number[] = [];
  await board.run(30);
  for (let i = 0; i < 4; i++) {
    levels.push(await board.heapLevel());
    await board.run(0.7);
  }
  return Math.min(...levels);
}

/**
 * A board that has been through its first minute, with the server's chain refused once, one connection reset and the
 * access point gone once: what comes into being the first time, a module of Kaluma's or the texts of an alert, stays.
 */
async function switchOn(withSensor: Fault['sensor']): Promise<Kitchen<RigBoard>> {
  await kitchen?.close();
  [sensor, settledAt] = [withSensor, 0];
  kitchen = await Kitchen.openOnRig({ intervalSeconds: INTERVAL, ...(sensor && { sensor }) });
  kitchen.board.faults.timeServer = { offsetSeconds: 15 * 365 * 86_400 };
  await kitchen.board.runUntil(/WARN tls /, { limitSeconds: 30 });
  kitchen.board.faults.timeServer = 'ok';
  await kitchen.acknowledged(3, 60);
  kitchen.board.faults.cutConnections('reset');
  await kitchen.acknowledged(3, 60);
  kitchen.board.faults.accessPointIsPresent = false;
  await kitchen.board.run(3);
  kitchen.board.faults.accessPointIsPresent = true;
  await kitchen.acknowledged(3, 60);
  await kitchen.board.run(60 - kitchen.board.seconds);
  level = await quietLevel(kitchen);
  if (firstLevel === 0) firstLevel = level;
  return kitchen;
}

/** Attempts to connect that failed since the last boot, and since a place in the log. */
function failures({ serial }: RigBoard, since = 0): number {
  const from = Math.max(serial.lastIndexOf(' INFO board '), since);
  return serial.slice(from).split('; again in ').length - 1;
}

for (const fault of faults) {
  test(`real engine: a board comes through this fault: ${fault.name}`, { skip }, async (t) => {
    const chosen = kitchen !== undefined && fault.sensor === sensor ? kitchen : await switchOn(fault.sensor);
    const { board } = chosen;
    board.faults.lift();
    await chosen.acknowledged(1, 300);
    // A connection that lasts a minute ends the long waits that many failures bring.
    if (fault.atBoot !== true && fault.resets === undefined && failures(board, settledAt) >= WEARY) {
      await board.run(62);
      settledAt = board.serial.length;
    }
    const begun = { seconds: board.seconds, logged: board.serial.length };
    const row = await endure(chosen, fault);
    const heap = await quietLevel(chosen);
    const { back, taken, received, twice } = row;
    t.diagnostic(
      `back after ${back.toFixed(1)} s; ${taken} taken, ${received} received, ${twice} twice; heap ${heap} B, ` +
        `${failures(board)} failures; ${(board.seconds - begun.seconds).toFixed(0)} s of the board's`,
    );
    assert.ok(heap <= level + LEFT * failures(board) + FIRST_USE, `heap ${heap} B, after the first minute ${level} B`);
    const strange = board.serial
      .slice(begun.logged)
      .split('\n')
      .filter((line) => !LINE.test(line));
    assert.deepEqual(strange, []);
    endured.push({ row, heap });
    if (isWriting && endured.length === faults.length) writeTable();
  });
}

test(
  `real engine: the heap does not grow over ${MINUTES} min without faults`,
  { skip: skip || (!isWriting && 'takes half an hour') },
  async (t) => {
    const { board, messages, readings } = await switchOn(undefined);
    const rows: string[][] = [];
    for (let minutes = 1; ; minutes = Math.min(minutes + 10 - (minutes % 10), MINUTES)) {
      await board.run(minutes * 60 - board.seconds);
      const heap = await quietLevel(kitchen as Kitchen<RigBoard>);
      rows.push([`${minutes} min`, `${heap} B`, String(readings.length)]);
      t.diagnostic(rows[rows.length - 1].join(', '));
      assert.ok(heap <= level, `heap ${heap} B, after the first minute ${level} B`);
      if (minutes >= MINUTES) break;
    }
    const health = messages
      .filter(({ topic }) => topic.endsWith('/health'))
      .map(({ payload }) => JSON.parse(payload) as { uptime_s: number; heap_free: number; heap_free_low: number });
    writeSection(
      'The heap over time, on the real image',
      [
        `A reading every ${INTERVAL} s; at first the server's chain refused, one connection reset and the access point gone for 3 s,
and nothing amiss from then on.`,
        table([['After', 'heap, garbage collected', 'readings received'], ...rows]),
        'What the board itself reported, garbage included:',
        table([
          ['Uptime', 'heap_free', 'heap_free_low'],
          ...health.map((report) => [`${report.uptime_s} s`, `${report.heap_free} B`, `${report.heap_free_low} B`]),
        ]),
      ].join('\n\n'),
    );
  },
);

after(async () => {
  await kitchen?.close();
});

function writeTable(): void {
  const rows = endured.map(({ row, heap }) => [...cells(row), `${heap} B`]);
  writeSection('On the real image', `${introduction()}\n\n${table([[...COLUMNS, 'heap'], ...rows])}`);
}

function introduction(): string {
  return `Kaluma 1.2.1 on the emulated RP2040, with a reading every ${INTERVAL} s; one board for all, which is switched off only
where it says so, and before a fault that begins at boot; another for the sensor. _Heap_ is what the JavaScript heap holds when
the board is back, after a collection of garbage. After the first minute, with the server's chain refused, one connection
reset and the access point gone once, it was ${firstLevel} B. Each connection that is refused or reset leaves ${LEFT} B,
which Kaluma never frees, until the next restart.`;
}
