/** Each sensor in the flashed program on the simulated board, from boot to what the broker receives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bme280 } from '../../scripts/simulator/devices/sensors.ts';
import { Kitchen } from './kitchen.ts';

for (const [type, expected] of [
  ['tmp117', { celsius: 21.5 }],
  ['mcp9808', { celsius: 21.5 }],
  ['sht4x', { celsius: 21.5, humidity_percent: 45 }],
  ['bme280', { celsius: 21.5, humidity_percent: 45, pressure_hpa: 1013.2 }],
  ['ds18b20', { celsius: 21.5 }],
] as const) {
  test(`sensors: a ${type}, unplugged and back`, async () => {
    const kitchen = await Kitchen.open({ intervalSeconds: 10, sensor: type });
    try {
      const { board, readings } = kitchen;
      await kitchen.acknowledged(2);
      const { celsius, humidity_percent, pressure_hpa } = readings[1] as unknown as Record<string, number>;
      for (const [name, value] of Object.entries({ celsius, humidity_percent, pressure_hpa })) {
        const wanted = (expected as Record<string, number>)[name];
        if (wanted === undefined) assert.equal(value, undefined);
        else assert.ok(Math.abs(value - wanted) <= 0.1, `${name} ${value}`);
      }
      kitchen.plug(false);
      await board.runUntil(/ERROR sensor .*check its wires/, { limitSeconds: 30 });
      const before = readings.length;
      await board.run(40);
      assert.equal(readings.length, before, 'no numbers of a missing sensor');
      kitchen.plug(true);
      await board.runUntil(/INFO sensor .* answers again/, { limitSeconds: 15 });
      await kitchen.acknowledged(1);
      assert.deepEqual([board.violations, board.exceptions], [[], []]);
    } finally {
      await kitchen.close();
    }
  });
}

/** Looks the same, and feels no humidity. */
class Bmp280 extends Bme280 {
  protected override register(number: number): number[] | undefined {
    return number === 0xd0 ? [0x58] : super.register(number);
  }
}

test('sensors: a BMP280 in the place of a BME280 is told by its chip id', async () => {
  const kitchen = await Kitchen.open({ intervalSeconds: 10, sensor: 'bme280' });
  try {
    const { board, readings } = kitchen;
    kitchen.plug(false);
    board.i2c.attach(0, 0x76, new Bmp280(board.environment));
    await board.runUntil(/ERROR sensor .*expected chip id 60, got 58/, { limitSeconds: 30 });
    await board.run(30);
    assert.deepEqual([readings, board.exceptions], [[], []]);
  } finally {
    await kitchen.close();
  }
});
