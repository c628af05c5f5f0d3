/** How trials end that neither succeed nor fail at once. Settings are on trial here, because they are received in no time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kitchen } from './kitchen.ts';
import { offerTo, openUpdatable, signedSettings, type Offering } from './updates.ts';

/** Installs settings with other intervals, and stops where the board has restarted into them. */
async function installSettings(kitchen: Kitchen): Promise<Offering> {
  const { resets } = kitchen.board;
  const count = resets.length;
  const update = signedSettings(kitchen, (settings) => (settings.intervalSeconds = 90));
  const offering = offerTo(kitchen, update);
  await offering.finish(60, () => resets.length > count);
  return offering;
}

test('after three trials without a connection an update is given up, and the next one gets its own', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    const { board } = kitchen;
    await kitchen.acknowledged(1);
    const { offer, ...offering } = await installSettings(kitchen);
    const trials = (): number => board.serial.match(/ on trial; last reset/g)?.length ?? 0;
    for (const trial of [1, 2, 3]) {
      board.faults.accessPointIsPresent = false;
      if (trial === 1) await board.run(1);
      assert.equal(trials(), trial);
      await board.runUntil(/last reset: failed update/, { limitSeconds: 640 });
      // The old settings take as long to connect as only those of a network that fails take.
      await board.run(130);
      board.faults.accessPointIsPresent = true;
      if (trial < 3) await board.runUntil(/ on trial; last reset: update/, { limitSeconds: 300 });
    }
    await offering.finish(300);
    assert.deepEqual([offer.state, offer.detail], ['failed', 'went back: 3 trials without a connection']);
    await board.run(300);
    assert.equal(trials(), 3);
    const later = signedSettings(kitchen, (settings) => (settings.made += 60));
    const { state, detail } = await offerTo(kitchen, later).finish();
    assert.equal(state, 'done', detail);
    assert.deepEqual(board.violations, []);
  } finally {
    await kitchen.close();
  }
});

test('twelve starts without a connection are enough, whatever ended them', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60 });
  try {
    const { board } = kitchen;
    await kitchen.acknowledged(1);
    const { offer, ...offering } = await installSettings(kitchen);
    const starts = (): number => board.serial.match(/ on trial; last reset/g)?.length ?? 0;
    await board.runUntil(() => starts() === 1, { limitSeconds: 10 });
    for (let i = 2; i <= 12; i++) {
      board.powerCycle();
      await board.runUntil(() => starts() === i, { limitSeconds: 10 });
    }
    board.powerCycle();
    await offering.finish(100);
    assert.deepEqual([offer.state, offer.detail], ['failed', 'went back: 12 starts and no connection']);
    assert.equal(starts(), 12);
    await kitchen.acknowledged(1, 100);
    assert.deepEqual(board.violations, []);
  } finally {
    await kitchen.close();
  }
});

test('a board that is connected but has no reading does not confirm a trial, and receives no other update meanwhile', async () => {
  const kitchen = await openUpdatable({ intervalSeconds: 60, sensor: 'tmp117' });
  try {
    const { board } = kitchen;
    await kitchen.acknowledged(1);
    kitchen.plug(false);
    const { offer, ...offering } = await installSettings(kitchen);
    const other = signedSettings(kitchen, (settings) => (settings.made += 60));
    const refused = async (): Promise<void> => {
      const { state, detail } = await offerTo(kitchen, other).finish(60);
      assert.deepEqual([state, detail], ['failed', 'another update is on trial']);
    };
    await refused();
    await board.runUntil(/last reset: failed update/, { limitSeconds: 640 });
    // The trial will be repeated if the settings before it have no reading acknowledged for as long.
    await refused();
    await board.run(130);
    kitchen.plug(true);
    await offering.finish(200);
    assert.equal(offer.state, 'done', offer.detail);
    const later = await offerTo(kitchen, other).finish();
    assert.equal(later.state, 'done', later.detail);
    assert.deepEqual(board.violations, []);
  } finally {
    await kitchen.close();
  }
});
