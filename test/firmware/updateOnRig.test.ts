/** Updates on the real engine, Kaluma's own image on an emulated RP2040, where it is to be had. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { rigMissing } from '../../scripts/lib/rig.ts';
import { publicKeyHex } from '../../scripts/update/keys.ts';
import { Kitchen } from './kitchen.ts';
import { isWriting, table, writeSection } from './reliability.ts';
import type { RigBoard } from './rig/rigBoard.ts';
import {
  BAD_PROGRAMS,
  DEADLY_PROGRAMS,
  NEVER_CONNECTS,
  offerTo,
  programOf,
  signedProgram,
  signingKey,
  smallProgram,
} from './updates.ts';

const skip = rigMissing() ?? false;
/** Seconds between readings. */
const INTERVAL = 10;
const TIMEOUT = 3_600_000;

const rows: string[][] = [['New program', 'limit', 'back after']];
let whole = '';

async function open(): Promise<Kitchen<RigBoard>> {
  const kitchen = await Kitchen.openOnRig({
    intervalSeconds: INTERVAL,
    updateKeys: [publicKeyHex(signingKey)],
    pauseMillis: 1,
  });
  after(() => kitchen.close());
  await kitchen.acknowledged(1, 60);
  return kitchen;
}

test('real engine: a whole program is received while readings go on', { skip, timeout: TIMEOUT }, async () => {
  const kitchen = await open();
  const { board } = kitchen;
  const update = signedProgram(programOf(kitchen, '1.3.0'));
  const { offer, ...offering } = offerTo(kitchen, update);
  await offering.finish(300);
  assert.equal(offer.state, 'done', offer.detail);
  const at = (pattern: RegExp): number => Number(pattern.exec(board.serial)?.[1]);
  const seconds =
    at(/([\d.]+) INFO update \w+ is whole/) - at(/([\d.]+) INFO mqtt command answered: \{"command":"update"/);
  const taken = [...board.serial.matchAll(/([\d.]+) INFO sensor reading \d+:/g)].map(([, time]) => Number(time));
  const during = taken.slice(1).map((time, i) => time - taken[i]);
  for (const gap of during) assert.ok(gap < INTERVAL + 5, `${gap} s between two readings`);
  const seqs = [...new Set(kitchen.readings.map(({ seq }) => seq))];
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => i + 1),
    'none lost',
  );
  whole = `A program of ${update.manifest.size} B, from the offer to the restart: ${Math.round(seconds)} s, with a reading every ${INTERVAL} s.`;
});

test('real engine: bad programs are replaced by the old one without help', { skip, timeout: TIMEOUT }, async () => {
  const kitchen = await open();
  const { board } = kitchen;
  for (const [what, statements, why, limit] of [...BAD_PROGRAMS, ...DEADLY_PROGRAMS, NEVER_CONNECTS]) {
    const resets = board.resets.length;
    const { offer, ...offering } = offerTo(kitchen, signedProgram(smallProgram(statements)));
    await offering.finish(120, () => board.resets.length > resets);
    board.expectDeath();
    await offering.finish(limit + 120);
    assert.equal(offer.state, 'failed', what);
    assert.match(offer.detail, why, what);
    const back = (board.resets.at(-1)?.at ?? Infinity) - board.resets[resets].at;
    assert.ok(back <= limit, `${what}: back after ${back} s`);
    rows.push([what, `${limit} s`, `${back.toFixed(1)} s`]);
  }
});

after(() => {
  if (isWriting && whole !== '' && rows.length > 1) {
    writeSection('Updates, on the real image', `${whole}\n\n${table(rows)}`);
  }
});
