/**
 * Eight hours of random faults: on the simulated board, in virtual time, and on the real engine if it is available.
 * The seed is fixed, and printed; a board's own jitter is random on the real engine.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { Kitchen } from './kitchen.ts';
import { endureRandomFaults } from './randomFaults.ts';
import { isWriting, type Title, writeSection } from './reliability.ts';

const HOURS = 8;
const SEED = 20261123;
/** Seconds between readings. */
const INTERVAL = 60;
/** For how many hours the real engine is watched; each takes minutes. */
const HOURS_ON_RIG = Number(process.env.FAULT_HOURS ?? HOURS);
/** ms by which each turn of the real engine's loop is lengthened. */
const PAUSE = 10;

function report(t: TestContext, title: Title, counts: Map<string, number>, outcome: string): void {
  const happened = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  t.diagnostic(`${happened}; ${outcome}`);
  if (!isWriting) return;
  const list = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `- ${name}: ${count}`);
  writeSection(
    title,
    [
      `A reading every ${INTERVAL} s; a fault of up to 10 min, and up to 10 min without, again and again:`,
      '',
      ...list,
      '',
      outcome,
    ].join('\n'),
  );
}

test(`a board comes through ${HOURS} hours of random faults, seed ${SEED}`, async (t) => {
  const kitchen = await Kitchen.open({ intervalSeconds: INTERVAL });
  try {
    const { counts, taken } = await endureRandomFaults(kitchen, { hours: HOURS, seed: SEED });
    const { resets, flash, serial } = kitchen.board;
    const { programmed, erased } = flash.wear;
    // Of its own it restarts for connections that fell silent only: no fault lasts for an hour.
    const wanted = serial.split(': restarting\n').length - 1;
    assert.ok(wanted <= (counts.get('black hole') ?? 0), `${wanted} restarts of its own`);
    report(
      t,
      'Eight hours of random faults, on the simulated board',
      counts,
      `${taken} readings taken and received, none dropped; ${resets.length} restarts; the flash wrote ${programmed} pages ` +
        `and erased ${erased} blocks.`,
    );
  } finally {
    await kitchen.close();
  }
});

test(
  `real engine: a board comes through ${HOURS_ON_RIG} hours of random faults, seed ${SEED}`,
  { skip: rigMissing() ?? (!isWriting && 'takes hours') },
  async (t) => {
    const kitchen = await Kitchen.openOnRig({ intervalSeconds: INTERVAL, pauseMillis: PAUSE });
    const { board } = kitchen;
    try {
      const { counts, taken } = await endureRandomFaults(kitchen, { hours: HOURS_ON_RIG, seed: SEED });
      const wanted = board.serial.split(': restarting\n').length - 1;
      const bitten = board.resets.filter(({ reason }) => reason === 'watchdog').length - wanted;
      assert.ok(bitten <= (counts.get('hang') ?? 0), `${bitten} times the watchdog bit`);
      const minutes = Math.round((board.seconds - (board.resets.at(-1)?.at ?? 0)) / 60);
      const heap = await board.heapLevel();
      report(
        t,
        'Hours of random faults, on the real image',
        counts,
        `${HOURS_ON_RIG} hours: ${taken} readings taken and received, none dropped; ${board.resets.length} restarts, ${wanted} ` +
          `of the board's own, ${bitten} by the watchdog. At the end the board was up for ${minutes} min, and its heap held ${heap} B.`,
      );
    } finally {
      await kitchen.close();
    }
  },
);
