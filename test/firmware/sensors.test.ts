/**
 * Tests each sensor in the flashed program on the simulated board, from boot to the messages that the broker
 * receives.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bme280 } from '../../scripts/simulator/devices/sensors.ts';
import { SENSOR_TYPES, SENSORS, type SensorEntry } from '../../firmware/sensors/catalogue.ts';
import { Kitchen } from './kitchen.ts';
import type { PluggedSensor } from './plugIn.ts';

const TRUTH = { celsius: 21.5, humidity: 45, pressure: 1013.2 };
const FIELDS = { celsius: 'celsius', humidity: 'humidity_percent', pressure: 'pressure_hpa' };

for (const type of SENSOR_TYPES) {
  const { bus, measures }: SensorEntry = SENSORS[type];
  if (bus === 'chip') continue;
  test(`a board reports that its ${type} is unplugged, and measures when it is back`, async () => {
    const kitchen = await Kitchen.open({ intervalSeconds: 10, sensor: type as PluggedSensor });
    try {
      const { board, readings } = kitchen;
      await kitchen.acknowledged(2);
      const reading = readings[1] as unknown as Record<string, number>;
      for (const quantity of ['celsius', 'humidity', 'pressure'] as const) {
        const value = reading[FIELDS[quantity]];
        if (measures.includes(quantity)) assert.ok(Math.abs(value - TRUTH[quantity]) <= 0.1, `${quantity} ${value}`);
        else assert.equal(value, undefined);
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

test('a BMP280 in place of a BME280 is recognized by its chip id', async () => {
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
