/**
 * Kaluma's C heap on the real engine, where it is to be had, under a broker that always sends faster than the board
 * computes. Kaluma puts each segment there, frees it when the collector runs, and does not look whether there was room.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { ENDLESS, Front } from './hostile.ts';
import { Kitchen } from './kitchen.ts';
import { isWriting, writeSection } from './reliability.ts';
import { HEAP_LIMIT } from './withstand.ts';

const skip = rigMissing() ?? false;
/** Minutes of the board's. */
const MINUTES = Number(process.env.C_HEAP_MINUTES ?? 1);
/** Seconds between two readings. */
const INTERVAL = 10;

test('real engine: the C heap has room for all that a fast sender sends', { skip }, async (t) => {
  const front = new Front();
  const kitchen = await Kitchen.openOnRig({ intervalSeconds: INTERVAL, broker: front.listen, watchMalloc: true });
  const { board } = kitchen;
  try {
    await kitchen.acknowledged(1);
    const idle = board.cHeap();
    front.attack = ENDLESS;
    board.faults.cutConnections('close');
    await board.runUntil(/INFO mqtt connected/, { limitSeconds: 60 });
    let most = 0;
    const end = board.seconds + MINUTES * 60;
    while (board.seconds < end) {
      await board.run(0.1);
      most = Math.max(most, board.cHeap().used);
    }
    assert.deepEqual(board.cHeapFaults, []);
    assert.deepEqual(board.resets, []);
    assert.equal(front.attacked, 1, 'one connection held all the time');
    const peak = await kitchen.board.heapPeak();
    assert.ok(peak <= HEAP_LIMIT, `heap peak ${peak} B`);
    const { total, peak: reached } = board.cHeap();
    const meanwhile = front.received.size;
    front.attack = null;
    board.faults.cutConnections('reset');
    const missing = (): number[] =>
      kitchen
        .taken()
        .filter((seq) => !front.received.has(seq) && !kitchen.readings.some((reading) => reading.seq === seq));
    await board.runUntil(() => missing().length === 0, { limitSeconds: 150 });
    const text = `A broker sent messages of 1 KB for ${MINUTES} min, always more than the board could take: ${front.taken} KB. malloc
never gave NULL, and nothing was written through a NULL pointer. Of the C heap's ${total} B, ${idle.used} were in use before, ${most} at most
meanwhile, looked at ten times a second, and ${reached} were ever touched. The JavaScript heap's peak was ${peak} B. The board kept its connection;
${meanwhile} of its readings, one every ${INTERVAL} s, were acknowledged meanwhile, behind all that was sent before, and the others afterwards. \`C_HEAP_MINUTES=60 RELIABILITY=write npm test -- firmware/cHeapOnRig\` repeats it.`;
    t.diagnostic(text);
    if (isWriting) writeSection('The C heap under a fast sender, on the real image', text);
  } catch (error) {
    t.diagnostic(board.serial);
    throw error;
  } finally {
    front.close();
    await kitchen.close();
  }
});
