/**
 * Cuts the power at the flash operations of an update, on the simulated board, which leaves erases and pages half
 * done. The board must boot an intact program by itself, without having lost a reading, and the update must continue.
 * A sample of the operations unless POWER_CUTS=all asks for each of them, three times, or POWER_CUTS=2/20 for the second of
 * twenty parts of these.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoneLost, LIMIT, newPrograms, newSettings, SHARES, updateWithCut } from './powerCuts.ts';
import { offerTo, openUpdatable } from './updates.ts';

const [PART, PARTS] = (process.env.POWER_CUTS ?? '').replace('all', '1/1').split('/').map(Number);
/** How many updates have the power cut at a random moment. */
const UPDATES = Number(process.env.UPDATES ?? 3);
/** The operations to cut, out of so many. */
function sample(count: number, most: number): { at: number; share: number }[] {
  const all = Array.from({ length: count }, (_, i) => SHARES.map((share) => ({ at: i + 1, share }))).flat();
  if (PARTS > 0) return all.filter((_, i) => i % PARTS === PART - 1);
  const step = Math.ceil(all.length / most);
  const start = Math.floor(Math.random() * step);
  // The steps do not always meet the same share.
  return all.filter((_, i) => i % step === start).map((cut, i) => ({ ...cut, share: SHARES[i % SHARES.length] }));
}

test('a board survives power cuts while its settings are updated', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 30 });
  try {
    await kitchen.acknowledged(1);
    const next = newSettings(kitchen);
    const operations = await updateWithCut(kitchen, next(), null);
    assert.ok(operations > 20, `${operations} operations`);
    for (const cut of sample(operations, 8)) await updateWithCut(kitchen, next(), cut);
    assertNoneLost(kitchen);
  } finally {
    await kitchen.close();
  }
});

test('a board survives power cuts while its program is updated', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 30 });
  try {
    await kitchen.acknowledged(1);
    const next = newPrograms(kitchen);
    const operations = await updateWithCut(kitchen, next(), null);
    assert.ok(operations > 300, `${operations} operations`);
    for (const cut of sample(operations, 4)) await updateWithCut(kitchen, next(), cut);
    assertNoneLost(kitchen);
  } finally {
    await kitchen.close();
  }
});

test('a board survives power cuts at random moments of updates', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 10 });
  try {
    await kitchen.acknowledged(1);
    const { board } = kitchen;
    const next = newPrograms(kitchen);
    const begun = board.seconds;
    await updateWithCut(kitchen, next(), null);
    const duration = board.seconds - begun;
    for (let i = 0; i < UPDATES; i++) {
      const moment = Math.random() * duration;
      board.after(moment, () => board.powerCycle());
      const offer = await offerTo(kitchen, next()).finish(LIMIT);
      assert.equal(offer.state, 'done', `cut after ${moment} s: ${offer.detail}`);
      await kitchen.acknowledged(1, 200);
    }
    assert.deepEqual(board.violations, []);
    assertNoneLost(kitchen);
  } finally {
    await kitchen.close();
  }
});
