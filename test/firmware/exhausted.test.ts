/**
 * A board whose heap is exhausted in the same phase at each boot comes back when the cause is gone, and waits longer each time.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { deathWait } from '../../firmware/backoff.ts';
import { offerTo, openUpdatable, programOf, signedProgram } from './updates.ts';

/** The program as it is flashed, but that it logs each phase of the memory plan. */
const instead = {
  'memory.ts': readFileSync('firmware/memory.ts', 'utf8')
    .replace('import type { Steps }', "import { printLine } from './kaluma/console.ts';\nimport type { Steps }")
    .replace('filling.length = 0;\n', 'filling.length = 0;\n      printLine(`phase ${phase}`);\n'),
};

/** The lines that the log has when a phase has begun. */
const PHASES = {
  'asking for the time': /INFO wifi joined\n/,
  'making keys': /phase making keys\n/,
  dialling: /INFO tcp dialling/,
  'verifying the chain': /phase verifying chain\n/,
  'making its flight': /phase signed\n/,
  connected: /INFO mqtt connected\n/,
  'receiving an update': /INFO update \w+: program .* B received\n/,
  'verifying an update': /phase verifying update\n/,
  'sending a reading': /sensor reading \d+: .*\n(.*\n)*.*reading \d+ acknowledged\n/,
};
/** Deaths until the cause goes away, and seconds that the watchdog takes for each. */
const DEATHS = 3;
const WATCHDOG = 8;

for (const [phase, said] of Object.entries(PHASES)) {
  test(`a board whose heap is exhausted while ${phase} comes back, waits longer each time, and says why`, async () => {
    /** The log of this boot, and the time when its death began. */
    let heard = '';
    const deaths: number[] = [];
    const kitchen = await openUpdatable({
      instead,
      board: {
        onSerial(text) {
          heard += text;
          if (deaths.length === DEATHS || !said.test(heard)) return;
          heard = '';
          deaths.push(kitchen.board.seconds);
          kitchen.board.exhaustHeap();
        },
      },
    });
    try {
      const { board, messages } = kitchen;
      const offering = phase.endsWith('an update')
        ? offerTo(kitchen, signedProgram(programOf(kitchen, '1.3.0')))
        : undefined;
      for (let death = 1; death <= DEATHS; death++) {
        const isDead = (): boolean => board.resets.length === death;
        if (offering === undefined) await board.runUntil(isDead, { limitSeconds: 400 });
        else await offering.finish(400, isDead);
        const { reason, at } = board.resets[death - 1];
        assert.equal(reason, 'watchdog');
        assert.ok(at - deaths[death - 1] < WATCHDOG + 1, `bitten after ${at - deaths[death - 1]} s`);
        // Until the wait is over the watchdog is not armed, so the board can be flashed, and the board does not touch the
        // network.
        const wait = deathWait(death) / 1000;
        await board.run(wait - 3);
        const boot = board.serial.slice(board.serial.lastIndexOf('INFO board kitchen-1'));
        assert.match(boot, new RegExp(`last reset: watchdog;(.*\\n)*.*first connection in ${wait} s`));
        assert.doesNotMatch(boot, /INFO (wifi|tcp)/);
      }
      assert.deepEqual(
        [1, 2, 3].map((count) => deathWait(count)),
        [30_000, 60_000, 120_000],
      );
      await kitchen.acknowledged(1, 60);
      await board.runUntil(() => messages.some(({ topic }) => topic.endsWith('/health')), { limitSeconds: 20 });
      const health = messages.filter(({ topic }) => topic.endsWith('/health')).at(-1)?.payload ?? '';
      assert.match(health, /"last_reset":"watchdog"/);
      if (offering !== undefined) assert.equal((await offering.finish()).state, 'done');
      assert.deepEqual(board.violations, []);
    } finally {
      await kitchen.close();
    }
  });
}
