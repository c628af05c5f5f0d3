/** Hostile servers, brokers and time servers on the real engine, where it is to be had. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { ATTACKS, Front } from './hostile.ts';
import { Kitchen } from './kitchen.ts';
import { isWriting, table, writeSection } from './reliability.ts';
import { COLUMNS, HEAP_LIMIT, row, withstand } from './withstand.ts';

const skip = rigMissing() ?? false;
/** HOSTILE=REGEXP chooses attacks by their names. */
const chosen = new RegExp(process.env.HOSTILE ?? '.');
/** Seconds for which an attack goes on. */
const DURATION = 20;
const rows: string[][] = [];

for (const attack of ATTACKS) {
  if (!chosen.test(attack.name)) continue;
  test(`real engine: a board survives a hostile peer: ${attack.name}`, { skip }, async (t) => {
    const front = new Front();
    const kitchen = await Kitchen.openOnRig({
      chain: attack.chain ?? 'rsa',
      intervalSeconds: 10,
      broker: front.listen,
    });
    try {
      const withstood = await withstand(kitchen, front, attack, attack.seconds ?? DURATION);
      const peak = await kitchen.board.heapPeak();
      rows.push(row(attack, withstood, peak));
      t.diagnostic(rows[rows.length - 1].slice(1).join(', '));
      assert.ok(peak <= HEAP_LIMIT, `heap peak ${peak} B`);
    } catch (error) {
      t.diagnostic(kitchen.board.serial);
      throw error;
    } finally {
      front.close();
      await kitchen.close();
    }
  });
}

after(() => {
  if (!isWriting || rows.length < ATTACKS.length) return;
  writeSection(
    'Hostile peers, on the real image',
    `Each goes on for ${DURATION} s, with a reading every 10 s, on a board that was just switched on. _Heap peak_ is the most
that the JavaScript heap held since then, of 184,312 B.\n\n${table([COLUMNS, ...rows])}`,
  );
});
