/**
 * Lets the board on the rig go through one attack of `hostile.ts`, whose name is the argument, and prints the line of the
 * table as JSON. A process of its own, because the emulator does not give its memory back: a gigabyte a board.
 */
import assert from 'node:assert/strict';
import { ATTACKS, Front } from '../hostile.ts';
import { Kitchen } from '../kitchen.ts';
import { HEAP_LIMIT, row, withstand } from '../withstand.ts';

/** Seconds for which an attack goes on, unless it has a time of its own. */
const DURATION = Number(process.env.HOSTILE_SECONDS);

const attack = ATTACKS.find(({ name }) => name === process.argv[2]);
assert.ok(attack !== undefined, 'an attack has this name');
const front = new Front();
const kitchen = await Kitchen.openOnRig({ chain: attack.chain ?? 'rsa', intervalSeconds: 10, broker: front.listen });
try {
  const withstood = await withstand(kitchen, front, attack, attack.seconds ?? DURATION);
  const peak = await kitchen.board.heapPeak();
  assert.ok(peak <= HEAP_LIMIT, `heap peak ${peak} B`);
  console.log(JSON.stringify(row(attack, withstood, peak)));
} catch (error) {
  console.error(kitchen.board.serial);
  throw error;
} finally {
  front.close();
  await kitchen.close();
}
process.exit(0);
