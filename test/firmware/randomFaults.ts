/** Hours of random faults, for a board in a kitchen: which come, when and for how long depends on a seed. */
import assert from 'node:assert/strict';
import type { Kitchen } from './kitchen.ts';
import type { KitchenBoard } from './kitchenBoard.ts';

/** ms a round trip takes. */
const ROUND_TRIP = 30;

/** Numbers from 0 up to 1: mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Imposes a fault for up to ten minutes, takes it away for as long, and so on; then all readings have to be there.
 * @returns how often each fault came, and how many readings were taken
 * @throws AssertionError, TimeLimit
 */
export async function endureRandomFaults(
  kitchen: Kitchen<KitchenBoard>,
  { hours, seed }: { hours: number; seed: number },
): Promise<{ counts: Map<string, number>; taken: number }> {
  const random = generator(seed);
  const between = (low: number, high: number): number => low + random() * (high - low);
  const { board } = kitchen;
  const { faults } = board;
  const restored = (): void => {
    faults.accessPointIsPresent = true;
    faults.accessPoint.password = kitchen.config.wifi.password;
    [faults.dns, faults.tcp, faults.timeServer] = ['ok', 'ok', 'ok'];
    [faults.roundTrip, faults.bytesPerSecond] = [ROUND_TRIP, Infinity];
  };
  const happenings: [name: string, happen: () => void | Promise<void>][] = [
    ['reset', () => faults.cutConnections('reset')],
    ['closed', () => faults.cutConnections('close')],
    ['black hole', () => faults.cutConnections('black hole')],
    [
      'cut in the next handshake',
      () => void faults.cuts.push({ how: 'reset', received: Math.floor(between(1, 5500)) }),
    ],
    ['access point gone', () => void (faults.accessPointIsPresent = false)],
    ['another password', () => void (faults.accessPoint.password = 'another one')],
    ['no names', () => void (faults.dns = 'nx')],
    ['DNS silent', () => void (faults.dns = 'silent')],
    ['refused', () => void (faults.tcp = 'refuse')],
    ['not answered', () => void (faults.tcp = 'silent')],
    ['no time', () => void (faults.timeServer = 'silent')],
    ['slow', () => void ([faults.roundTrip, faults.bytesPerSecond] = [1500, 2000])],
    ['power cut', () => board.powerCycle(between(1, 60))],
    ['power cut at a write', () => faults.cutPowerAtFlashOperation(Math.ceil(between(0, 6)))],
    ['hang', () => faults.hang(between(1, 60))],
    ['broker restarted', () => kitchen.restartEndpoint()],
  ];
  const counts = new Map<string, number>();
  await kitchen.acknowledged(2, 200);
  while (board.seconds < hours * 3600) {
    const [name, happen] = happenings[Math.floor(random() * happenings.length)];
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await happen();
    await board.run(between(1, 600));
    restored();
    await board.run(between(1, 600));
  }
  restored();
  await kitchen.acknowledged(3, 900);
  const taken = kitchen.taken();
  await board.run(120);
  const received = new Set(kitchen.readings.map(({ seq }) => seq));
  assert.deepEqual(
    taken.filter((seq) => !received.has(seq)),
    [],
  );
  assert.equal(kitchen.dropped(), 0);
  assert.equal(new Set(taken).size, taken.length, 'no number twice');
  assert.deepEqual(board.violations, []);
  assert.deepEqual(board.exceptions, []);
  assert.doesNotMatch(board.serial, /ERROR board/);
  return { counts, taken: taken.length };
}
