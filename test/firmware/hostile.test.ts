/** Hostile servers, brokers and time servers, with the flashed program on the simulated board, whose heap is counted. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ATTACKS, Front, type Attack } from './hostile.ts';
import { Kitchen } from './kitchen.ts';
import { isWriting, table, writeSection } from './reliability.ts';
import { COLUMNS, HEAP_LIMIT, row, withstand } from './withstand.ts';

/** HOSTILE=REGEXP chooses attacks by their names; HOSTILE=. takes all. Without it there are few, for each takes seconds. */
const chosen = new RegExp(process.env.HOSTILE ?? '20 KB of CAs|240 commands|a reset|two hundred wrong');
/** Seconds for which an attack goes on. */
const DURATION = 60;
/** As long as it computes, the board's clock stands still: in a second of it, an endless sender sends 400 KB. */
const ENDLESS = 5;
const rows: string[][] = [];

async function endure(attack: Attack): Promise<string[]> {
  const front = new Front();
  const kitchen = await Kitchen.open({
    chain: attack.chain ?? 'rsa',
    intervalSeconds: 10,
    broker: front.listen,
    board: { watchHeap: true },
  });
  try {
    const withstood = await withstand(
      kitchen,
      front,
      attack,
      attack.endless === true ? ENDLESS : (attack.seconds ?? DURATION),
    );
    const { heapPeak } = kitchen.board;
    assert.ok(heapPeak <= HEAP_LIMIT, `heap peak ${heapPeak} B`);
    return row(attack, withstood, heapPeak);
  } finally {
    front.close();
    await kitchen.close();
  }
}

for (const attack of ATTACKS) {
  if (!chosen.test(attack.name)) continue;
  test(`a board survives a hostile peer: ${attack.name}`, async (t) => {
    const cells = await endure(attack);
    rows.push(cells);
    t.diagnostic(cells.slice(1).join(', '));
  });
}

after(() => {
  if (!isWriting || rows.length < ATTACKS.length) return;
  writeSection(
    'Hostile peers, on the simulated board',
    `Each goes on for ${DURATION} s. The heap is an estimate (\`scripts/simulator/heapWatch.ts\`).\n\n${table([
      COLUMNS,
      ...rows,
    ])}`,
  );
});
