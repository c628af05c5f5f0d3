/**
 * Cuts the power in flash operations of updates on the real engine, in a sample of those that `powerCuts.test.ts` cuts all of on
 * the simulated board: an operation is left as incomplete there as here.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { Kitchen } from './kitchen.ts';
import { assertNoneLost, newPrograms, newSettings, SHARES, updateWithCut } from './powerCuts.ts';
import { signingKey } from './updates.ts';

const skip = rigMissing() ?? false;
const TIMEOUT = 3_600_000;

for (const [what, makeNext, cuts] of [
  ['the settings', newSettings, 6],
  ['the program', newPrograms, 2],
] as const) {
  test(
    `real engine: an update of ${what} arrives whole, though the power fails in flash operations`,
    { skip, timeout: TIMEOUT },
    async () => {
      const kitchen = await Kitchen.openOnRig({
        intervalSeconds: 30,
        updateKeys: [publicKeyHex(signingKey)],
        pauseMillis: 1,
      });
      after(() => kitchen.close());
      await kitchen.acknowledged(1);
      const next = makeNext(kitchen);
      const operations = await updateWithCut(kitchen, next(), null);
      for (let i = 0; i < cuts; i++) {
        // One of each of so many parts of the update, without the readings that are written at its end.
        const at = 1 + Math.floor(((i + Math.random()) * 0.9 * operations) / cuts);
        const { length } = kitchen.board.resets;
        await updateWithCut(kitchen, next(), { at, share: SHARES[i % SHARES.length] });
        assert.equal(kitchen.board.resets.slice(length).filter(({ reason }) => reason === 'power').length, 1, `${at}`);
      }
      assertNoneLost(kitchen);
    },
  );
}
