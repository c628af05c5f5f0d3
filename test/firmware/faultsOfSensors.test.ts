/**
 * The faults that matter to a board with three sensors and alarms: one after the other on one simulated board. In each,
 * an alarm is raised and cleared again. No reading and no change of an alarm may be lost, and their order is kept.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { endure, type Endured } from './endure.ts';
import { faultMatrix, type Fault } from './faults.ts';
import { Kitchen } from './kitchen.ts';
import { cells, COLUMNS, isWriting, table, writeSection } from './reliability.ts';

const [WARM, COLD] = [-5, -18];
const ALARM = 'freezer above -12';

/** The faults of the short matrix that are used here. The others end before a sensor or an alarm comes into play. */
const CHOSEN = [
  /^access point gone for 40 s/,
  /^reset at/,
  /^black hole while publishing/,
  /^power cut while publishing/,
];

/** How many writes: those of some readings, and of the alarm behind them. */
const WRITES = 12;
const POWER_CUTS: Fault = {
  name: `power cut at the first write behind a reading, offline, then at the second, up to the ${WRITES}th`,
  limit: 150,
  impose: async ({ board }) => {
    board.faults.accessPointIsPresent = false;
    for (let count = 1; count <= WRITES; count++) {
      const { length } = board.resets;
      // The SHT4x is the first to be read; a DS18B20 takes 0.75 s.
      await board.runUntil(/reading \d+: room/, { limitSeconds: 600 });
      board.faults.cutPowerAtFlashOperation(count);
      await board.runUntil(() => board.resets.length > length, { limitSeconds: 600 });
    }
    board.faults.accessPointIsPresent = true;
  },
  logs: /alarm freezer above -12 raised[^]*readings kept/,
  timeless: true,
  resets: Array.from({ length: WRITES }, () => 'power'),
};

const BROKER_DOWN: Fault = {
  name: 'broker down for 2 min',
  limit: 150,
  impose: async ({ board }) => {
    board.faults.tcp = 'refuse';
    board.faults.cutConnections('reset');
    await board.run(120);
    board.faults.tcp = 'ok';
  },
  logs: /WARN tcp refused/,
};

const UNPLUGGED: Fault = {
  name: 'one of two DS18B20 on a wire unplugged for 100 s',
  limit: 30,
  impose: async (kitchen) => {
    kitchen.plug(false, 0);
    await kitchen.board.run(100);
    kitchen.plug(true, 0);
    // The other sensors go on, so the next reading is not the fridge's.
    await kitchen.board.runUntil(/fridge .* answers again/, { limitSeconds: 30 });
  },
  logs: /ERROR sensor fridge .* is not on GP15[^]*alarm fridge silent 60 raised[^]*fridge .* answers again/,
};

const faults = [
  ...CHOSEN.map((pattern) => {
    const found = faultMatrix({ short: true }).filter(({ name }) => pattern.test(name));
    assert.equal(found.length, 1, String(pattern));
    return found[0];
  }),
  POWER_CUTS,
  BROKER_DOWN,
  UNPLUGGED,
];
const rows: { row: Endured; alarms: number }[] = [];

type Change = [alarm: string, state: string];

/** Without the messages that came twice. */
function once(all: Change[]): Change[] {
  const states = new Map<string, string>();
  return all.filter(([alarm, state]) => {
    const before = states.get(alarm) ?? 'cleared';
    states.set(alarm, state);
    return state !== before;
  });
}

/** The elements of `wanted` that do not follow in `got` behind the earlier ones. */
function missingIn(got: Change[], wanted: Change[]): Change[] {
  let from = 0;
  return wanted.filter((change) => {
    const at = got.findIndex((other, i) => i >= from && other.join() === change.join());
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

let kitchen: Kitchen;
const freezer = { celsius: COLD, relativeHumidity: 45, hectopascals: 1013.25 };

before(async () => {
  kitchen = await Kitchen.open({
    intervalSeconds: 15,
    chain: 'old',
    sensors: [
      { name: 'fridge', type: 'ds18b20', id: '28-0316a2794aff' },
      { name: 'freezer', type: 'ds18b20', id: '28-00000d4e2b8c' },
      { name: 'room', type: 'sht4x' },
    ],
    environments: [undefined, freezer],
    alarms: [
      { sensor: 'freezer', above: -12 },
      { sensor: 'fridge', silentForSeconds: 60 },
    ],
  });
});
after(() => kitchen.close());

function logged(): Change[] {
  const found = kitchen.board.serial.matchAll(/WARN sensor alarm (.+?) (raised|cleared)/g);
  return [...found].map(([, alarm, state]) => [alarm, state]);
}

function received(): (Record<'alarm' | 'state', string> & { active: string[] })[] {
  return kitchen.messages
    .filter(({ topic }) => topic === 'kitchen/kitchen-1/alarm')
    .map(({ payload }) => JSON.parse(payload) as ReturnType<typeof received>[number]);
}

for (const fault of faults) {
  test(`a board with three sensors and alarms comes through this fault: ${fault.name}`, async (t) => {
    const { board } = kitchen;
    // A connection that lasts a minute ends the long waits that the fault before has brought.
    await kitchen.acknowledged(3, 300);
    await board.run(62);
    const [begun, known] = [logged().length, received().length];
    const row = await endure(kitchen, {
      ...fault,
      async impose(all) {
        freezer.celsius = WARM;
        await fault.impose(all);
        freezer.celsius = COLD;
      },
    });
    const isOver = (): boolean => received().at(-1)?.active.length === 0 && logged().at(-1)?.[1] === 'cleared';
    await board.runUntil(isOver, { limitSeconds: 120 });

    const wanted = logged().slice(begun);
    const got = once(
      received()
        .slice(known)
        .map(({ alarm, state }) => [alarm, state]),
    );
    assert.deepEqual(missingIn(got, wanted), [], 'alarms lost, or out of order');
    // A power cut can come between a change and its line in the log.
    const cuts = fault.resets?.filter((reason) => reason === 'power').length ?? 0;
    assert.ok(got.length <= wanted.length + cuts, JSON.stringify([got, wanted]));
    assert.ok(wanted.some(([alarm, state]) => alarm === ALARM && state === 'raised'));
    for (const name of ['fridge', 'freezer', 'room']) {
      assert.ok(
        kitchen.readings.some(({ sensor }) => sensor === name),
        name,
      );
    }
    rows.push({ row, alarms: wanted.length });
    t.diagnostic(`back after ${row.back.toFixed(1)} s; ${row.taken} readings, ${wanted.length} changes of alarms`);
  });
}

after(() => {
  if (!isWriting || rows.length < faults.length) return;
  const body = rows.map(({ row, alarms }) => [...cells(row), String(alarms)]);
  writeSection(
    'With three sensors and alarms, on the simulated board',
    `Two DS18B20 on one wire, an SHT4x and two alarms, with a reading of each sensor every 15 s; one board for all faults. In each
fault the freezer's alarm is raised, and cleared after it. _Alarms_ are the changes that the board logged; the broker got each
of them, in order.\n\n${table([[...COLUMNS, 'alarms'], ...body])}`,
  );
});
