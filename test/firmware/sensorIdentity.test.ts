/**
 * Another chip in a sensor's place: what the log says, and that nothing is measured with it. The sensor's code and the
 * sampler run on the simulated board without the rest of the program.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { PARTS } from '../../firmware/memoryPlan.ts';
import { sensorSettings } from '../../scripts/image/sensors.ts';
import { checkBoardConfig } from '../../scripts/config/config.ts';
import { sensorsOf } from '../../scripts/config/sensors.ts';
import { boardPlugin } from '../../scripts/image/program.ts';
import { bundleDevice } from '../../scripts/linker/link.ts';

import { Ds18b20, Ds18s20, OneWireBus } from '../../scripts/simulator/devices/oneWire.ts';
import { Bme280, Bmp280, Mcp9808, Sht4x, Tmp117 } from '../../scripts/simulator/devices/sensors.ts';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import example from '../../board/config.example.json' with { type: 'json' };

const folder = mkdtempSync(join(tmpdir(), 'identity-'));
after(() => rmSync(folder, { recursive: true }));
const entry = join(folder, 'main.ts');
const firmware = resolve('firmware');
writeFileSync(
  entry,
  `
import { create, settings } from 'pico-kitchen:board';
import { uptime } from '${firmware}/kaluma/clock.ts';
import { every, printLine } from '${firmware}/kaluma/console.ts';
import { parts } from '${firmware}/kaluma/parts.ts';
import { createLog } from '${firmware}/log.ts';
import { createSampler } from '${firmware}/sampler.ts';
const log = createLog(uptime, printLine);
// The search is a part, so the program needs what loads parts.
if (parts === undefined) throw new Error();
const sampler = createSampler(create(settings), 10, log);
every(20, () => {
  const measurement = sampler.tick(uptime());
  if (measurement !== null) log('INFO', 'sensor', 'measured ' + measurement.celsius + ' C');
}, (error) => log('ERROR', 'board', error.message));
`,
);

/** A board with a sensor of that config, and nothing on its pins yet. */
async function board(sensor: { type: string; [field: string]: unknown }): Promise<SimulatedBoard> {
  const [{ sensor: config }] = sensorsOf(checkBoardConfig({ ...example, sensor }, 'f'));
  const text = [
    `export const settings = ${JSON.stringify(sensorSettings(config))};`,
    `export { createSensor as create } from 'firmware/sensors/${config.type}.ts';`,
  ].join('\n');
  const { i2cSearch, oneWireSearch } = PARTS;
  const parts = { i2cSearch, oneWireSearch };
  const { code } = await bundleDevice({ entry, parts, plugins: [boardPlugin(text)] });
  return new SimulatedBoard({ program: code, clock: 'virtual' });
}

/** Runs a board for a minute. @returns what it says of its failures and what it measured */
async function run(simulated: SimulatedBoard): Promise<{ errors: string[]; measured: string[] }> {
  const from = simulated.serial.length;
  await simulated.run(25);
  assert.deepEqual([simulated.violations, simulated.exceptions], [[], []]);
  const lines = simulated.serial.slice(from).split('\n');
  return {
    errors: lines.filter((line) => line.includes(' ERROR ')).map((line) => line.replace(/^.* ERROR sensor /, '')),
    measured: lines.filter((line) => line.includes(' measured ')),
  };
}

/** Twelve bits at the left; only two bits of the pointer count (SBOS397). */
class Tmp102 extends Tmp117 {
  protected override register(number: number): number[] | undefined {
    if ((number & 3) === 0) return [Math.round(this.environment.celsius), 0x80];
    return [
      [0x60, 0xa0],
      [0x4b, 0x00],
      [0x50, 0x00],
    ][(number & 3) - 1];
  }
}

class Lm75 extends Tmp102 {
  protected override register(number: number): number[] | undefined {
    return (number & 3) === 1 ? [0x00, 0x00] : super.register(number);
  }
}

class Bme680 extends Bme280 {
  protected override register(number: number): number[] | undefined {
    return number === 0xd0 ? [0x61] : super.register(number);
  }
}

/** Understands commands of two bytes only; answers its status, all clear, with the CRC of the datasheet. */
const sht3x = {
  command: '',
  write(bytes: Uint8Array) {
    this.command = Buffer.from(bytes).toString('hex');
    return true;
  },
  read(length: number) {
    return this.command === 'f32d' ? Uint8Array.of(0x00, 0x00, 0x81).subarray(0, length) : null;
  },
};

const [A, B] = ['0316a2794aff', '00000d4e2b8c'];

test("another chip at the sensor's address is named, and nothing is measured", async () => {
  for (const [type, address, make, expected] of [
    ['tmp117', 0x48, Tmp102, 'TMP117: expected chip id 117, got 5000: this is a TMP102'],
    ['tmp117', 0x48, Lm75, 'TMP117: expected chip id 117, got 5000: this is an LM75 or TMP75'],
    ['bme280', 0x76, Bmp280, "BME280: expected chip id 60, got 58: this is a BMP280; set the sensor's type to bmp280"],
    ['bmp280', 0x76, Bme280, "BMP280: expected chip id 58, got 60: this is a BME280; set the sensor's type to bme280"],
    ['bme280', 0x76, Bme680, 'BME280: expected chip id 60, got 61: this is a BME680'],
    ['mcp9808', 0x18, Tmp117, 'MCP9808: expected chip id 54, got ffff'],
  ] as const) {
    const simulated = await board({ type });
    simulated.i2c.attach(0, address, new make(simulated.environment));
    assert.deepEqual(await run(simulated), { errors: [expected], measured: [] }, type);
  }
  const simulated = await board({ type: 'sht4x' });
  simulated.i2c.attach(0, 0x44, sht3x);
  assert.deepEqual(await run(simulated), {
    errors: ['SHT4x: no answer from 0x44 on I2C: this is an SHT3x'],
    measured: [],
  });
});

test('a sensor at its other address is found, and only silence is said to be a matter of wires', async () => {
  for (const [type, address, make, expected] of [
    ['bme280', 0x77, Bme280, "a BME280 answers from 0x77, its other address: set the sensor's address to 119"],
    ['bme280', 0x77, Bmp280, 'a BMP280 answers from 0x77, its other address'],
    ['tmp117', 0x4a, Tmp117, "a TMP117 answers from 0x4a, its other address: set the sensor's address to 74"],
    ['mcp9808', 0x1f, Mcp9808, "an MCP9808 answers from 0x1f, its other address: set the sensor's address to 31"],
    ['sht4x', 0x45, Sht4x, "an SHT4x answers from 0x45, its other address: set the sensor's address to 69"],
  ] as const) {
    const simulated = await board({ type });
    simulated.i2c.attach(0, address, new make(simulated.environment, () => simulated.seconds * 1e6));
    const { errors, measured } = await run(simulated);
    assert.equal(errors.length, 1);
    assert.ok(errors[0].includes(`no answer from 0x`) && errors[0].endsWith(`on I2C; ${expected}`), errors[0]);
    assert.deepEqual(measured, []);
  }
  for (const type of ['bme280', 'ds18b20']) {
    const { errors } = await run(await board({ type }));
    assert.match(errors.join(), /(no answer from 0x76 on I2C|nobody on GP15); check its wires$/);
  }
});

test('a chip of another family, and more chips than one, are named on one wire', async () => {
  const simulated = await board({ type: 'ds18b20' });
  const now = (): number => simulated.seconds * 1e6;
  const wire = new OneWireBus();
  simulated.pins.attach(15, wire);
  const other = new Ds18s20(simulated.environment, now);
  wire.chips.add(other);
  assert.deepEqual(await run(simulated), {
    errors: ["DS18B20: expected family code 28, got 10: this is a DS18S20; set the sensor's type to ds18s20"],
    measured: [],
  });
  wire.chips.delete(other);
  const first = new Ds18b20(simulated.environment, now, A);
  const second = new Ds18b20({ ...simulated.environment, celsius: 4 }, now, B);
  wire.chips.add(first);
  assert.equal((await run(simulated)).measured.length, 2, 'the right one measures');
  wire.chips.add(second);
  const { errors, measured } = await run(simulated);
  assert.equal(measured.length, 0);
  const both = '2 devices on GP15, 28-00000d4e2b8c, 28-0316a2794aff';
  assert.equal(errors[0], `DS18B20: ${both}: give each sensor the id of its own, or unplug all but one`);
});

test('of several chips on one wire the one with the configured id measures', async () => {
  const simulated = await board({ type: 'ds18b20', id: `28-${A}` });
  const now = (): number => simulated.seconds * 1e6;
  const wire = new OneWireBus();
  simulated.pins.attach(15, wire);
  const cold = { ...simulated.environment, celsius: -18 };
  const [first, second] = [new Ds18b20(cold, now, A), new Ds18b20(simulated.environment, now, B)];
  wire.chips.add(second);
  assert.deepEqual(await run(simulated), {
    errors: [`DS18B20: 28-${A} is not on GP15: found 28-${B}`],
    measured: [],
  });
  wire.chips.add(first);
  const { measured } = await run(simulated);
  assert.ok(measured.length > 0);
  for (const line of measured) assert.match(line, / measured -18 C$/);
});
