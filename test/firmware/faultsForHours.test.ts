/** Eight hours of random faults on the simulated board, in virtual time; the seed is fixed, and printed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kitchen } from './kitchen.ts';
import { isWriting, writeSection } from './reliability.ts';

const HOURS = 8;
const SEED = 20261123;

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

test(`${HOURS} hours of random faults, seed ${SEED}`, async (t) => {
  const random = generator(SEED);
  const between = (low: number, high: number): number => low + random() * (high - low);
  const kitchen = await Kitchen.open({ intervalSeconds: 60 });
  const { board } = kitchen;
  const { faults } = board;
  const restored = (): void => {
    faults.accessPointIsPresent = true;
    faults.accessPoint.password = kitchen.config.wifi.password;
    [faults.dns, faults.tcp, faults.timeServer] = ['ok', 'ok', 'ok'];
    [faults.roundTrip, faults.bytesPerSecond] = [30, Infinity];
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
  try {
    await kitchen.acknowledged(2, 200);
    while (board.seconds < HOURS * 3600) {
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
    const { programmed, erased } = board.flash.wear;
    const happened = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
    const outcome = `${taken.length} readings taken and received, none dropped; ${board.resets.length} restarts`;
    t.diagnostic(`${happened}; ${outcome}; ${programmed} pages, ${erased} erased`);
    if (isWriting) {
      writeSection(
        'Eight hours of random faults, on the simulated board',
        [
          'A reading every 60 s; a fault of up to 10 min, and up to 10 min without, again and again:',
          ...[...counts].sort().map(([name, count]) => `- ${name}: ${count}`),
          `\n${outcome}; the flash wrote ${programmed} pages and erased ${erased} blocks.`,
        ]
          .join('\n')
          .replace(':\n-', ':\n\n-'),
      );
    }
  } finally {
    await kitchen.close();
  }
});
