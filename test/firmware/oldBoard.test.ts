/** A board that ran version 0.1.0, whose program had no slots and no settings of its own, is brought over by one flash. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Kitchen } from './kitchen.ts';

const { files } = JSON.parse(readFileSync(new URL('fixtures/queueOf010.json', import.meta.url), 'utf8')) as {
  files: Record<string, string>;
};
/** What the files hold that is not acknowledged. */
const [FIRST, LAST] = [4, 93];

test('a board of version 0.1.0 is brought over by one flash, and its queue survives', async () => {
  const kitchen = await Kitchen.open({ intervalSeconds: 10 });
  try {
    const { board } = kitchen;
    // A program in place of that version's, which leaves its files.
    const writes = Object.entries(files).map(
      ([path, content]) => `fs.writeFile(${JSON.stringify(path)}, atob(${JSON.stringify(content)}));`,
    );
    board.flashProgram(`const fs = require('fs'); ${writes.join(' ')} console.log('as it was');`);
    await board.runUntil(/as it was/, { limitSeconds: 10 });
    board.flashProgram(kitchen.program);
    board.powerCycle();
    await board.runUntil(() => kitchen.readings.some(({ seq }) => seq === LAST + 2), { limitSeconds: 180 });
    assert.match(board.serial, /firmware 1\.2\.3; last reset: power; 90 readings kept/);
    const seqs = kitchen.readings.map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.map((_, i) => FIRST + i),
      'each once, in order',
    );
    assert.equal(kitchen.readings[0].celsius, 21.5);
    assert.notEqual(kitchen.readings[0].time, null, 'the time of then');
    assert.deepEqual([board.violations, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});
