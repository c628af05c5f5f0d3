/** The real engine, if it is there, with another chip at the sensor's address: it is named, and nothing is measured. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { SensorTypeOn } from '../../firmware/sensors/catalogue.ts';
import { rigMissing, runOnRig } from '../../scripts/lib/rig.ts';
import { sensorProgram } from '../support/sensorProgram.ts';

const skip = rigMissing() ?? false;
const folder = mkdtempSync(join(tmpdir(), 'sensor-identity-'));
after(() => rmSync(folder, { recursive: true }));

/** Bus, address and registers in hexadecimal, as the rig takes them. */
const CASES: [found: string, type: SensorTypeOn<'i2c'>, device: string, said: RegExp][] = [
  ['the right one', 'tmp117', '0:0x48:0=0ac0,1=0220,15=0117', /INFO sensor reading 1: 21\.5 C$/],
  [
    'a TMP102',
    'tmp117',
    '0:0x48:0=1580,1=60a0',
    /ERROR sensor TMP117: expected chip id 117, got ffff: this is a TMP102$/,
  ],
  ['an LM75', 'tmp117', '0:0x48:0=1580,1=00,2=4b00,3=5000', /ERROR sensor TMP117: .*: this is an LM75 or TMP75$/],
  [
    'a BME280',
    'bmp280',
    '0:0x76:208=60',
    /ERROR sensor BMP280: .*: this is a BME280; set the sensor's type to bme280$/,
  ],
  [
    'a BMP280',
    'bme280',
    '0:0x76:208=58',
    /ERROR sensor BME280: .*: this is a BMP280; set the sensor's type to bmp280$/,
  ],
];

for (const [found, type, device, said] of CASES) {
  test(`real engine: a sensor is configured as ${type}, and is ${found}`, { skip }, async () => {
    const program = await sensorProgram(folder, type);
    const { lines, log } = await runOnRig({ program, seconds: 4, flags: ['--i2c', device] });
    const sensor = lines.map(({ text }) => text).filter((text) => text.includes(' sensor '));
    assert.match(sensor.at(-1) ?? log, said);
    const readings = sensor.filter((text) => text.includes(' sensor reading '));
    assert.equal(readings.length, found === 'the right one' ? 1 : 0, sensor.join('\n'));
  });
}
