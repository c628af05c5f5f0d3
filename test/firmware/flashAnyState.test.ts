/**
 * Flashing ends with the program just flashed, whatever state the slots were in: `npm run flash` and @kaluma/cli erase the
 * program area and write it, dropping the UF2 writes only what is in it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SECTOR } from '../../firmware/layout.ts';
import { PROGRAM_AREA, programUf2 } from '../../scripts/image/uf2.ts';
import type { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import { SLOT_STATES } from './slotStates.ts';
import { offerTo, openUpdatable, programOf, signedProgram } from './updates.ts';

/** As BOOTSEL mode does: erases the sectors that the file touches, and writes its pages. */
function dropUf2({ flash }: SimulatedBoard, uf2: Buffer): void {
  const erased = new Set<number>();
  for (let at = 0; at < uf2.length; at += 512) {
    const place = uf2.readUInt32LE(at + 12) - PROGRAM_AREA.address;
    const sector = Math.floor(place / SECTOR);
    if (!erased.has(sector)) flash.area.fill(0xff, sector * SECTOR, (sector + 1) * SECTOR);
    erased.add(sector);
    flash.area.set(uf2.subarray(at + 32, at + 32 + uf2.readUInt32LE(at + 16)), place);
  }
}

const WAYS: [name: string, flash: (board: SimulatedBoard, text: string) => void, states: RegExp][] = [
  // All is erased, so only what the board does meanwhile can make a difference.
  ['npm run flash', (board, text) => board.flashProgram(text), /trial|half received|bootstrap/],
  ['the UF2', (board, text) => dropUf2(board, programUf2(text)), /./],
];

for (const [way, flash, states] of WAYS) {
  test(`${way} ends with the program just flashed, in every state of the slots`, async () => {
    const kitchen = await openUpdatable({ intervalSeconds: 30 });
    try {
      const { board } = kitchen;
      await kitchen.acknowledged(1);
      for (const [state, bring] of SLOT_STATES.filter(([state]) => states.test(state))) {
        await bring(kitchen);
        const from = board.serial.length;
        flash(board, kitchen.program.replaceAll('1.2.3', '0.9.9'));
        board.powerCycle();
        await kitchen.acknowledged(2, 120);
        assert.match(board.serial.slice(from), /kitchen-1, firmware 0\.9\.9; last reset: power/, state);
        // Nothing is left of updates before: the next one goes through.
        const { offer, health, ...offering } = offerTo(kitchen, signedProgram(programOf(kitchen, '1.3.0')));
        await board.runUntil(() => health.length > 0, { limitSeconds: 700 });
        const [{ slot, update }] = health;
        assert.deepEqual([slot, update], [0, undefined], state);
        await offering.finish();
        assert.equal(offer.state, 'done', `${state}: ${offer.detail}`);
        flash(board, kitchen.program);
        board.powerCycle();
        await kitchen.acknowledged(1, 120);
      }
      const seqs = [...new Set(kitchen.readings.map(({ seq }) => seq))].sort((a, b) => a - b);
      assert.deepEqual(
        seqs,
        seqs.map((_, i) => i + 1),
        'the queue survived',
      );
      assert.deepEqual(board.violations, []);
    } finally {
      await kitchen.close();
    }
  });
}
