/** Hostile servers, brokers and time servers, with the flashed program on the simulated board, whose heap is counted. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ATTACKS, Front, type Attack } from './hostile.ts';
import { Kitchen } from './kitchen.ts';
import { isWriting, table, writeSection } from './reliability.ts';

/** Bytes of 184,312 that the heap may hold at most; as an estimate, which errs upwards (heapWatch.ts). */
const HEAP_LIMIT = 170_000;
/** Without HOSTILE=all only those that killed the board without any key: each attack takes seconds. */
const chosen =
  process.env.HOSTILE === 'all' ? ATTACKS : ATTACKS.filter(({ name }) => /20 KB of CAs|15 KB of names/.test(name));
/** Seconds for which an attack goes on, and from its end to the next reading acknowledged. */
const DURATION = 60;
const LIMIT = 150;

const rows: string[][] = [];

async function endure(attack: Attack): Promise<string[]> {
  const front = new Front();
  const kitchen = await Kitchen.open({ intervalSeconds: 10, broker: front.listen, board: { watchHeap: true } });
  const { board, readings } = kitchen;
  try {
    await kitchen.acknowledged(1);
    const attacked = board.serial.length;
    front.attack = attack;
    board.faults.cutConnections('close');
    await board.run(DURATION);
    assert.ok(front.attacked > 0, 'the board met the attack');
    assert.match(board.serial.slice(attacked), attack.logs);
    front.attack = null;
    board.faults.cutConnections('reset');
    const lifted = board.seconds;
    const before = readings.length;
    await board.runUntil(() => readings.length > before, { limitSeconds: LIMIT });
    const back = board.seconds - lifted;
    assert.deepEqual(board.violations, []);
    assert.deepEqual(board.exceptions, []);
    assert.deepEqual(board.resets, [], 'no attack ends in a restart');
    assert.equal(kitchen.dropped(), 0);
    assert.ok(board.heapPeak <= HEAP_LIMIT, `heap peak ${board.heapPeak} B`);
    return [attack.name, `${front.attacked}`, `${board.heapPeak} B`, `${Math.ceil(back)} s`, String(kitchen.dropped())];
  } finally {
    front.close();
    await kitchen.close();
  }
}

for (const attack of chosen) {
  test(`hostile: ${attack.name}`, async (t) => {
    const row = await endure(attack);
    rows.push(row);
    t.diagnostic(row.slice(1).join(', '));
  });
}

after(() => {
  if (!isWriting || rows.length < ATTACKS.length) return;
  writeSection(
    'Hostile peers, on the simulated board',
    `Each goes on for ${DURATION} s. The heap is an estimate (\`scripts/simulator/heapWatch.ts\`).\n\n${table([
      ['Attack', 'connections', 'heap peak', 'back after', 'lost'],
      ...rows,
    ])}`,
  );
});
