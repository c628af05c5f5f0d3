/** The common parts of tests that cut the power at flash operations of an update, on the simulated board or on the real engine. */
import assert from 'node:assert/strict';
import type { Update } from '../../scripts/update/file.ts';
import type { Kitchen } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';
import { offerTo, programOf, signedProgram, signedSettings } from './updates.ts';

/** How much of an operation is done when the power fails. */
export const SHARES = [0, 0.5, 0.97];
/** The trial's limit and more, in seconds. */
export const LIMIT = 1500;

/** Lets an update go through to its end, with a power cut in one flash operation. @returns the operations there were */
export async function updateWithCut(
  kitchen: Kitchen<KitchenBoard>,
  update: Update,
  cut: { at: number; share: number } | null,
): Promise<number> {
  const { board } = kitchen;
  const [before, resets] = [board.flashOperations, board.resets.length];
  if (cut !== null) board.faults.cutPowerAtFlashOperation(cut.at, cut.share);
  const offer = await offerTo(kitchen, update).finish(LIMIT);
  const what = cut === null ? 'no cut' : `operation ${cut.at}, share ${cut.share}`;
  assert.equal(offer.state, 'done', `${what}: ${offer.detail}`);
  await kitchen.acknowledged(1, 200);
  assert.deepEqual(board.violations, [], what);
  const cuts = board.resets.slice(resets).filter(({ reason }) => reason === 'power').length;
  assert.ok(cuts <= (cut === null ? 0 : 1), `${what}: ${cuts} power cuts`);
  return board.flashOperations - before;
}

/** Every number from 1 on is there. */
export function assertNoneLost(kitchen: Kitchen<KitchenBoard>): void {
  const received = new Set(kitchen.readings.map(({ seq }) => seq));
  const last = Math.max(...received);
  for (let seq = 1; seq <= last; seq++) assert.ok(received.has(seq), `reading ${seq} is lost`);
}

/** Makes one update of the settings after the other. */
export function newSettings(kitchen: { program: string }): () => Update {
  let made = 0;
  return () =>
    signedSettings(kitchen, (settings) => {
      settings.made += ++made;
      settings.intervalSeconds = 30 + (made % 2);
    });
}

/** Makes one update of the program after the other. */
export function newPrograms(kitchen: { program: string }): () => Update {
  let version = 0;
  return () => {
    version += 1;
    const name = `1.3.${version % 10}`;
    const made = Math.floor(Date.now() / 1000) + 60 * version;
    return signedProgram(programOf(kitchen, name), { version: name, made, rollback: true });
  };
}
