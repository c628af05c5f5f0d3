/** The watchdog must reset a board whose program goes on turning without progress, or fails at every turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kitchen } from './kitchen.ts';

/** @param tick its body; `count` is how often it was called */
function supervisor(tick: string): Record<string, string> {
  return {
    'supervisor.ts': `import { advice } from './advice.ts';
      let count = 0; let progress = 0;
      export const createSupervisor = ({ uptime }) => ({
        advice, // the linker refuses a part of which nothing is in the program
        tick() { const now = uptime(); count += 1; ${tick} },
        state: () => 'wifi', connections: () => 1, progressAt: () => progress, isBehind: () => false, flush() {},
      });`,
  };
}

async function reset(tick: string, seconds: number): Promise<[board: Kitchen['board'], resets: number[]]> {
  const kitchen = await Kitchen.open({ instead: supervisor(tick) });
  try {
    await kitchen.board.run(seconds);
    assert.ok(kitchen.board.resets.every(({ reason }) => reason === 'watchdog'));
    return [kitchen.board, kitchen.board.resets.map(({ at }) => at)];
  } finally {
    await kitchen.close();
  }
}

test('the watchdog restarts the board after half an hour without progress', async () => {
  const [, resets] = await reset('', 2000);
  assert.equal(resets.length, 1);
  assert.ok(resets[0] > 1800 && resets[0] < 1815, String(resets[0]));
});

test('the watchdog leaves a board that makes progress alone', async () => {
  assert.deepEqual((await reset('progress = now', 4000))[1], []);
});

test('one turn that fails is logged, and others follow', async () => {
  const [{ serial, exceptions }, resets] = await reset(`progress = now; if (count === 5) throw new Error('odd')`, 100);
  assert.deepEqual([exceptions, resets], [[], []]);
  assert.equal(serial.split(' ERROR board odd\n').length, 2);
  assert.match(serial, /sensor reading 8: /);
});

test('the watchdog restarts a board whose turns all fail, from the first on', async () => {
  const [{ exceptions }, resets] = await reset(`throw new Error('odd')`, 100);
  assert.deepEqual(exceptions, []);
  // From the second boot on the board can be flashed for half a minute, and for longer each time.
  assert.ok(resets[0] > 8 && resets[0] < 15, String(resets));
  assert.ok(resets[1] > resets[0] + 38 && resets[1] < resets[0] + 45, String(resets));
});

test('a program that was just flashed is not blamed for the reset that ends flashing', async () => {
  const kitchen = await Kitchen.open();
  try {
    const { board } = kitchen;
    await kitchen.acknowledged(1);
    const boots = (): string[] => board.serial.match(/; last reset: \w+/g) ?? [];
    const bite = (): Promise<void> => {
      const { length } = boots();
      board.faults.hang(20);
      return board.runUntil(() => boots().length > length, { limitSeconds: 30 });
    };
    board.flashProgram(kitchen.program);
    await bite();
    assert.doesNotMatch(board.serial, /first connection in/);
    await kitchen.acknowledged(1, 20);
    // The next one is the program's own fault.
    await bite();
    assert.deepEqual(boots(), ['; last reset: power', '; last reset: power', '; last reset: watchdog']);
  } finally {
    await kitchen.close();
  }
});
