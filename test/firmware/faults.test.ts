/**
 * The fault matrix, with the flashed program on the simulated board in virtual time. With RELIABILITY=write the results
 * become docs/RELIABILITY.md.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { FAULTS, type Fault } from './faults.ts';
import { Kitchen } from './kitchen.ts';

interface Row {
  fault: Fault;
  /** Seconds. */
  back: number;
  taken: number;
  received: number;
  twice: number;
  dropped: number;
}

async function endure(fault: Fault): Promise<Row> {
  const kitchen = await Kitchen.open({ intervalSeconds: 10 });
  try {
    const { board, readings } = kitchen;
    if (fault.atBoot !== true) await kitchen.acknowledged(2);
    const logged = board.serial.length;
    await fault.impose(kitchen);
    const lifted = board.seconds;
    await kitchen.acknowledged(1, fault.limit);
    const back = board.seconds - lifted;
    assert.match(board.serial.slice(logged), fault.logs);

    // All that was taken until now is there before long, in order, and once.
    const taken = kitchen.taken();
    let received = new Set<number>();
    const missing = (): number => {
      received = new Set(readings.map(({ seq }) => seq));
      return taken.filter((seq) => !received.has(seq)).length;
    };
    for (let waited = 0; missing() > kitchen.dropped() && waited < 300; waited++) await board.run(1);
    const dropped = kitchen.dropped();
    assert.equal(missing(), dropped, 'taken = received + dropped');
    const fresh = readings.filter(({ again }) => !again).map(({ seq }) => seq);
    assert.deepEqual(
      fresh,
      fresh.slice().sort((a, b) => a - b),
      'in order',
    );
    assert.ok(fault.timeless === true || readings.every(({ time }) => time !== null), 'stamped');
    assert.deepEqual(board.violations, []);
    assert.deepEqual(board.exceptions, []);
    assert.deepEqual(
      board.resets.map(({ reason }) => reason),
      fault.resets ?? [],
    );
    const twice = readings.filter(({ seq }, i) => readings.findIndex((other) => other.seq === seq) < i);
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
      dropped,
    };
  } finally {
    await kitchen.close();
  }
}

const rows: Row[] = [];

for (const fault of FAULTS) {
  test(`faults: ${fault.name}`, async (t) => {
    const row = await endure(fault);
    rows.push(row);
    t.diagnostic(
      `back after ${row.back.toFixed(1)} s; ${row.taken} taken, ${row.received} received, ${row.twice} twice`,
    );
  });
}

after(() => {
  if (process.env.RELIABILITY === 'write' && rows.length === FAULTS.length) {
    writeFileSync('docs/RELIABILITY.md', `${INTRODUCTION}\n${table(rows).join('\n')}\n`);
  }
});

const INTRODUCTION = `# What the board survives

Written by \`RELIABILITY=write npm test -- firmware/faults\`: the program that is flashed, on the simulated board, in the
board's own time, with a reading every 10 s. Each fault is imposed and taken away again; the board has to publish again by
itself within the limit, with every reading received, in order, none lost in silence.

- _Back after_: from the end of the fault to the next reading acknowledged. Most of it is backoff, whose jitter is random.
- _Twice_: readings that the broker got again, marked DUP, because their acknowledgement was lost; without the mark only
  where a power cut made the board forget that it had sent them.

Beside these, the tests pull sensors out and put them back (\`test/firmware/sensors.test.ts\`), let the power fail at each
single write of the queue (\`queue.test.ts\`), let eight hours of random faults pass (\`hours.test.ts\`), and, where there is
one, disturb the real engine (\`rig.test.ts\`).
`;

function table(all: readonly Row[]): string[] {
  const cells = [
    ['Fault', 'limit', 'back after', 'taken', 'received', 'twice', 'dropped', 'restarts'],
    ['---', '--:', '--:', '--:', '--:', '--:', '--:', '--:'],
    ...all.map(({ fault, back, taken, received, twice, dropped }) => [
      fault.name,
      `${fault.limit} s`,
      `${Math.ceil(back)} s`,
      ...[taken, received, twice, dropped, fault.resets?.length ?? 0].map(String),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row, i) => {
    const padded = row.map((cell, column) => {
      if (i === 1) return column === 0 ? '-'.repeat(widths[0]) : `${'-'.repeat(widths[column] - 1)}:`;
      return column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]);
    });
    return `| ${padded.join(' | ')} |`;
  });
}
