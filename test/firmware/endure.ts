/** Imposes a fault on a board, waits until it publishes again, and checks that no reading is missing. */
import assert from 'node:assert/strict';
import type { Fault } from './faults.ts';
import type { Kitchen } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';

export interface Endured {
  fault: Fault;
  /** Seconds from its end to the next reading acknowledged. */
  back: number;
  taken: number;
  received: number;
  /** Readings that the broker got once more. */
  twice: number;
  dropped: number;
  restarts: number;
}

/** @param kitchen a new one, or one in which the board has settled @throws AssertionError, TimeLimit */
export async function endure(kitchen: Kitchen<KitchenBoard>, fault: Fault): Promise<Endured> {
  const { board, readings } = kitchen;
  const before = {
    taken: kitchen.taken().length,
    readings: readings.length,
    dropped: kitchen.dropped(),
    resets: board.resets.length,
    violations: board.violations.length,
    exceptions: board.exceptions.length,
  };
  if (fault.atBoot !== true && board.seconds === 0) await kitchen.acknowledged(2);
  const imposed = board.serial.length;
  await fault.impose(kitchen);
  const lifted = board.seconds;
  await kitchen.acknowledged(1, fault.limit);
  const back = board.seconds - lifted;
  assert.match(board.serial.slice(imposed), fault.logs);

  // All readings taken until now arrive soon, in order, and once.
  const taken = kitchen.taken().slice(before.taken);
  const missing = (): number => {
    const received = new Set(readings.map(({ seq }) => seq));
    return taken.filter((seq) => !received.has(seq)).length;
  };
  const dropped = (): number => kitchen.dropped() - before.dropped;
  for (let waited = 0; missing() > dropped() && waited < 300; waited++) await board.run(1);
  assert.equal(missing(), dropped(), 'taken = received + dropped');
  const fresh = readings.filter(({ again }) => !again).map(({ seq }) => seq);
  // Acknowledgements of several sensors' readings are stored in groups. A restart can make the board forget some; then it
  // begins again at the first of these.
  const mayBeginAgain = kitchen.config.sensors !== undefined;
  const ordered = mayBeginAgain ? fresh.filter((seq, i) => fresh.indexOf(seq) === i) : fresh;
  assert.deepEqual(
    ordered,
    ordered.slice().sort((a, b) => a - b),
    'in order',
  );
  if (mayBeginAgain) {
    const begunAgain = fresh.filter((seq, i) => i > 0 && seq <= fresh[i - 1]);
    assert.ok(begunAgain.length <= board.resets.length, `begun again at ${begunAgain.join()}`);
  }
  const since = readings.slice(before.readings);
  assert.ok(fault.timeless === true || since.every(({ time }) => time !== null), 'stamped');
  assert.deepEqual(board.violations.slice(before.violations), []);
  assert.deepEqual(board.exceptions.slice(before.exceptions), []);
  const restarts = board.resets.slice(before.resets);
  assert.deepEqual(
    restarts.map(({ reason }) => reason),
    fault.resets ?? [],
  );
  const twice = readings.filter(
    ({ seq }, i) => i >= before.readings && readings.findIndex((other) => other.seq === seq) < i,
  );
  assert.ok(
    twice.every(({ again }) => again) || fault.resets !== undefined,
    'what comes twice is marked so, unless a power cut made the board forget',
  );
  return {
    fault,
    back,
    taken: taken.length,
    received: taken.length - missing(),
    twice: twice.length,
    dropped: dropped(),
    restarts: restarts.length,
  };
}
