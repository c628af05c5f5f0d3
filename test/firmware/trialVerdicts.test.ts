/** What confirms a program on trial, and what is no verdict against it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kitchen, KitchenOptions } from './kitchen.ts';
import { offerTo, openUpdatable, programOf, signedProgram, type Offering } from './updates.ts';

/** Seconds that a trial may last. */
const TRIAL = 600;

interface Tried {
  kitchen: Kitchen;
  offering: Offering;
  /** The log since the new program began. */
  log: () => string;
}

/** A board that has just restarted into a new program. */
async function onTrial(options: KitchenOptions, body: (tried: Tried) => Promise<void>, sensor = 'rp2040') {
  const kitchen = await openUpdatable({ intervalSeconds: 30, ...options });
  try {
    await kitchen.acknowledged(1);
    const offering = offerTo(kitchen, signedProgram(programOf(kitchen, '1.3.0'), { sensors: [sensor] }));
    await offering.finish(200, () => kitchen.board.serial.includes('complete; on trial'));
    const from = kitchen.board.serial.length;
    await body({ kitchen, offering, log: () => kitchen.board.serial.slice(from) });
    assert.deepEqual(kitchen.board.violations, []);
  } finally {
    await kitchen.close();
  }
}

test('only a reading of its own confirms a program: it must be able to measure', async () => {
  await onTrial(
    { sensor: 'tmp117' },
    async ({ kitchen, offering, log }) => {
      const { board } = kitchen;
      // A reading of the old program is still on its way when the new one starts, whose sensor does not answer.
      board.faults.tcp = 'refuse';
      await board.runUntil(/firmware 1\.3\.0 on trial/, { limitSeconds: 10 });
      kitchen.plug(false);
      board.faults.tcp = 'ok';
      await offering.finish(120, () => log().includes('mqtt connected'));
      await kitchen.board.run(100);
      assert.equal(offering.health.at(-1)?.state, 'trial');
      kitchen.plug(true);
      assert.equal((await offering.finish(120)).state, 'done');
      assert.match(log(), /INFO update \w+: confirmed\n/);
    },
    'tmp117',
  );
});

/** Until something holds, every connection falls silent in its handshake. */
async function silence({ board }: Kitchen, offering: Offering, isOver: () => boolean): Promise<void> {
  const { cuts } = board.faults;
  await offering.finish(2 * TRIAL, () => {
    cuts.splice(0, Infinity, { how: 'black hole', received: 500 });
    return isOver();
  });
  cuts.length = 0;
}

test('a program whose connections fall silent restarts, and its trial goes on', async () => {
  await onTrial({}, async ({ kitchen, offering, log }) => {
    await silence(kitchen, offering, () => log().includes('connections keep falling silent: restarting'));
    assert.equal((await offering.finish(TRIAL)).state, 'done');
    assert.match(log(), /firmware 1\.3\.0 on trial; last reset: connections keep falling silent/);
    assert.doesNotMatch(log(), /firmware 1\.2\.3/);
  });
});

test('a program whose connections always fall silent goes back within the limit of a trial', async () => {
  await onTrial({}, async ({ kitchen, offering, log }) => {
    const begun = kitchen.board.seconds;
    await silence(kitchen, offering, () => log().includes('firmware 1.2.3'));
    assert.ok(kitchen.board.seconds - begun < TRIAL, `${kitchen.board.seconds - begun} s`);
    assert.match(log(), /firmware 1\.2\.3; last reset: failed update/);
  });
});

for (const seconds of [670, 900]) {
  test(`an access point that is gone for ${seconds} s of a trial is no verdict`, async () => {
    await onTrial({}, async ({ kitchen, offering, log }) => {
      const { board } = kitchen;
      board.faults.accessPointIsPresent = false;
      board.after(seconds, () => (board.faults.accessPointIsPresent = true));
      assert.equal((await offering.finish(2 * seconds)).state, 'done');
      assert.match(log(), /firmware 1\.2\.3; last reset: failed update/);
      assert.match(log(), /INFO update \w+: waiting\n/);
      assert.match(log(), /INFO update \w+: confirmed\n/);
    });
  });
}
