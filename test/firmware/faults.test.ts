/** The fault matrix, with the flashed program on the simulated board in virtual time. */
import { after, test } from 'node:test';
import { endure, type Endured } from './endure.ts';
import { faultMatrix } from './faults.ts';
import { Kitchen } from './kitchen.ts';
import { cells, COLUMNS, isWriting, table, writeSection } from './reliability.ts';

const faults = faultMatrix({ short: false });
const endured: Endured[] = [];

for (const fault of faults) {
  test(`a board comes through this fault and loses no reading: ${fault.name}`, async (t) => {
    const kitchen = await Kitchen.open({
      intervalSeconds: 10,
      chain: 'old',
      ...(fault.sensor && { sensor: fault.sensor }),
    });
    try {
      const row = await endure(kitchen, fault);
      endured.push(row);
      const { back, taken, received, twice } = row;
      t.diagnostic(`back after ${back.toFixed(1)} s; ${taken} taken, ${received} received, ${twice} twice`);
    } finally {
      await kitchen.close();
    }
  });
}

after(() => {
  if (!isWriting || endured.length < faults.length) return;
  writeSection(
    'On the simulated board',
    `In the board's own time, with a reading every 10 s.\n\n${table([COLUMNS, ...endured.map(cells)])}`,
  );
});
