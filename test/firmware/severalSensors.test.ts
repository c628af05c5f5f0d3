/** Several sensors and their alarms in the flashed program on the simulated board, to what the broker receives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kitchen, type KitchenOptions } from './kitchen.ts';

const FRIDGE = { name: 'fridge', type: 'ds18b20', id: '28-0316a2794aff' };
const FREEZER = { name: 'freezer', type: 'ds18b20', id: '28-00000d4e2b8c' };
const ROOM = { name: 'room', type: 'sht4x' };
/** °C of the fridge and the freezer; the room has the board's 21.5. */
const [COOL, COLD] = [4.5, -18];

async function open(
  options: KitchenOptions = {},
): Promise<Kitchen & { fridge: { celsius: number }; freezer: { celsius: number } }> {
  const [fridge, freezer] = [COOL, COLD].map((celsius) => ({ celsius, relativeHumidity: 45, hectopascals: 1013.25 }));
  const kitchen = await Kitchen.open({
    intervalSeconds: 20,
    sensors: [FRIDGE, FREEZER, ROOM],
    environments: [fridge, freezer],
    ...options,
  });
  return Object.assign(kitchen, { fridge, freezer });
}

test('two sensors on one wire and one on I2C are published under their names, and one that fails holds up no other', async () => {
  const kitchen = await open({ intervalSeconds: 10 });
  try {
    const { board, readings } = kitchen;
    await kitchen.acknowledged(6);
    assert.match(board.serial, /INFO sensor GP15 has 28-00000d4e2b8c, 28-0316a2794aff$/m);
    const byName = (name: string): number[] =>
      readings.filter(({ sensor }) => sensor === name).map(({ celsius }) => celsius);
    for (const [name, celsius] of [
      ['fridge', COOL],
      ['freezer', COLD],
      ['room', 21.5],
    ] as const) {
      assert.ok(byName(name).length >= 2 && byName(name).every((value) => value === celsius), name);
    }
    kitchen.plug(false, 1);
    await board.runUntil(/ERROR sensor freezer \(DS18B20\): 28-00000d4e2b8c is not on GP15: found 28-0316a2794aff/, {
      limitSeconds: 30,
    });
    const before = [byName('fridge').length, byName('freezer').length];
    await board.run(45);
    assert.equal(byName('freezer').length, before[1]);
    assert.ok(byName('fridge').length >= before[0] + 4);
    kitchen.plug(true, 1);
    await board.runUntil(/INFO sensor freezer \(DS18B20\) answers again/, { limitSeconds: 15 });
    await kitchen.acknowledged(3);
    assert.deepEqual(
      readings.map(({ seq }) => seq),
      readings.map((_, i) => i + 1),
      'in order, none lost',
    );
    assert.deepEqual([board.violations, board.exceptions, kitchen.refusals], [[], [], []]);
  } finally {
    await kitchen.close();
  }
});

test('alarms of several sensors are raised through an outage and a power cut, and cleared', async () => {
  const kitchen = await open({
    alarms: [
      { sensor: 'freezer', above: -12, forSeconds: 60 },
      { sensor: 'room', silentForSeconds: 120 },
    ],
    configure: ({ telemetry }) => (telemetry.topic = 'kitchen/{thing}/{sensor}'),
  });
  try {
    const { board, messages, freezer } = kitchen;
    const alarms = (): unknown[] =>
      messages
        .filter(({ topic }) => topic === 'kitchen/kitchen-1/alarm')
        .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>)
        .map(({ alarm, state, active }) => [alarm, state, active]);
    await kitchen.acknowledged(3);
    board.faults.accessPointIsPresent = false;
    freezer.celsius = -5;
    await board.runUntil(/alarm freezer above -12 raised by -5 C/, { limitSeconds: 120 });
    board.powerCycle();
    await board.run(5);
    board.faults.accessPointIsPresent = true;
    await board.runUntil(/alarm freezer above -12 acknowledged/, { limitSeconds: 300 });
    const raised = ['freezer above -12', 'raised', ['freezer above -12']];
    assert.deepEqual(alarms(), [raised]);
    kitchen.plug(false, 2);
    await board.runUntil(/alarm room silent 120 acknowledged/, { limitSeconds: 180 });
    freezer.celsius = COLD;
    await board.runUntil(/alarm freezer above -12 acknowledged/, { limitSeconds: 60 });
    kitchen.plug(true, 2);
    await board.runUntil(/alarm room silent 120 acknowledged/, { limitSeconds: 60 });
    assert.deepEqual(alarms(), [
      raised,
      ['room silent 120', 'raised', ['freezer above -12', 'room silent 120']],
      ['freezer above -12', 'cleared', ['room silent 120']],
      ['room silent 120', 'cleared', []],
    ]);
    assert.deepEqual([board.violations, board.exceptions, kitchen.refusals], [[], [], []]);
  } finally {
    await kitchen.close();
  }
});
