/**
 * The fault matrix, with the flashed program on the simulated board in virtual time. With RELIABILITY=write the results are
 * written to docs/RELIABILITY.md.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULTS, type Fault } from './faults.ts';
import { Kitchen } from './kitchen.ts';

interface Row {
  fault: Fault;
  /** Seconds. */
  back: number;
  taken: number;
  received: number;
  twice: number;
  dropped: number;
  hours: number;
}

async function endure(fault: Fault): Promise<Row> {
  const kitchen = await Kitchen.open({ intervalSeconds: 10 });
  try {
    const { board, readings } = kitchen;
    if (fault.atBoot !== true) await kitchen.acknowledged(2);
    const logged = board.serial.length;
    await fault.impose(kitchen);
    const lifted = board.seconds;
    await kitchen.acknowledged(1, fault.limit);
    const back = board.seconds - lifted;
    assert.match(board.serial.slice(logged), fault.logs);

    // All that was taken until now is there before long, in order, and once.
    const taken = kitchen.taken();
    let received = new Set<number>();
    const missing = (): number => {
      received = new Set(readings.map(({ seq }) => seq));
      return taken.filter((seq) => !received.has(seq)).length;
    };
    for (let waited = 0; missing() > kitchen.dropped() && waited < 300; waited++) await board.run(1);
    const dropped = kitchen.dropped();
    assert.equal(missing(), dropped, 'taken = received + dropped');
    const fresh = readings.filter(({ again }) => !again).map(({ seq }) => seq);
    assert.deepEqual(
      fresh,
      fresh.slice().sort((a, b) => a - b),
      'in order',
    );
    assert.ok(fault.timeless === true || readings.every(({ time }) => time !== null), 'stamped');
    assert.deepEqual(board.violations, []);
    assert.deepEqual(board.exceptions, []);
    assert.deepEqual(
      board.resets.map(({ reason }) => reason),
      fault.resets ?? [],
    );
    const twice = readings.filter(({ seq }, i) => readings.findIndex((other) => other.seq === seq) < i);
    assert.ok(
      twice.every(({ again }) => again) || fault.resets !== undefined,
      'what comes twice is marked so, unless a power cut made the board forget',
    );
    return {
      fault,
      back,
      taken: taken.length,
      received: received.size,
      twice: twice.length,
      dropped,
      hours: board.seconds / 3600,
    };
  } finally {
    await kitchen.close();
  }
}

for (const fault of FAULTS) {
  test(`faults: ${fault.name}`, async (t) => {
    const row = await endure(fault);
    t.diagnostic(
      `back after ${row.back.toFixed(1)} s; ${row.taken} taken, ${row.received} received, ${row.twice} twice`,
    );
  });
}
