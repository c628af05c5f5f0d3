/** The sensors' models give bytes that the datasheets' own arithmetic converts to the true values. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { I2cDevice } from '../../scripts/simulator/devices/i2c.ts';
import { Bme280, Mcp9808, Sht4x, Tmp117, type Environment } from '../../scripts/simulator/devices/sensors.ts';
import { makeBoard } from './support.ts';

const environment = (celsius: number): Environment => ({ celsius, relativeHumidity: 45, hectopascals: 1013.25 });
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);

function readRegister(device: I2cDevice, register: number, length: number): DataView {
  assert.ok(device.write(Uint8Array.of(register)));
  const bytes = device.read(length);
  assert.ok(bytes);
  return new DataView(bytes.buffer);
}

for (const celsius of [-40, -0.5, 0, 21.5, 85]) {
  void describe(`at ${celsius} °C`, () => {
    test('a TMP117 measures it', () => {
      const device = new Tmp117(environment(celsius));
      near(readRegister(device, 0, 2).getInt16(0) / 128, celsius, 1 / 256);
      assert.equal(readRegister(device, 0x0f, 2).getUint16(0), 0x0117);
    });

    test('an MCP9808 measures it', () => {
      const device = new Mcp9808(environment(celsius));
      const raw = readRegister(device, 5, 2).getUint16(0) & 0x1fff;
      near((raw & 0x1000 ? raw - 0x2000 : raw) / 16, celsius, 1 / 32);
      assert.equal(readRegister(device, 6, 2).getUint16(0), 0x0054);
    });

    test('an SHT4x measures it', () => {
      let micros = 0;
      const device = new Sht4x(environment(celsius), () => micros);
      assert.equal(device.read(6), null);
      assert.ok(device.write(Uint8Array.of(0xfd)));
      assert.equal(device.read(6), null);
      micros += 8_300;
      const bytes = device.read(6);
      assert.ok(bytes);
      const view = new DataView(bytes.buffer);
      near(-45 + (175 * view.getUint16(0)) / 65_535, celsius, 0.002);
      near(-6 + (125 * view.getUint16(3)) / 65_535, 45, 0.001);
      assert.equal(device.read(6), null);
    });

    test('a BME280 measures it', () => {
      const { celsius: measured, hectopascals, humidity } = compensate(new Bme280(environment(celsius)));
      near(measured, celsius, 0.011);
      near(hectopascals, 1013.25, 0.03);
      near(humidity, 45, 0.02);
    });
  });
}

test('the CRC of an SHT4x is that of its datasheet', () => {
  // 4.4: 0xBEEF has 0x92. A humidity that gives this word:
  const wet = { ...environment(20), relativeHumidity: (0xbeef / 65_535) * 125 - 6 };
  let micros = 0;
  const device = new Sht4x(wet, () => (micros += 1e6));
  device.write(Uint8Array.of(0xfd));
  assert.deepEqual([...(device.read(6) ?? [])].slice(3), [0xbe, 0xef, 0x92]);
});

test('a sensor can be pulled out and put back', async () => {
  const { board, lines } = makeBoard(`
    const { I2C } = require('i2c'), bus = new I2C(0);
    setInterval(() => { try { console.log(bus.memRead(2, 0x48, 0).join()); } catch (e) { console.log(e.errno); } }, 1000);`);
  board.i2c.attach(0, 0x48, new Tmp117(board.environment));
  board.after(1.5, () => board.i2c.detach(0, 0x48));
  board.after(2.5, () => board.i2c.attach(0, 0x48, new Tmp117(board.environment)));
  board.after(3.5, () => (board.environment.celsius = 22));
  await board.run(4.5);
  assert.deepEqual(lines(), ['10,192', '-146', '10,192', '11,0']);
});

test('memWrite does not write registers', async () => {
  const { board, lines } = makeBoard(`
    const { I2C } = require('i2c'), bus = new I2C(1);
    bus.memWrite(new Uint8Array([1, 2]), 0x48, 8);
    console.log(bus.memRead(2, 0x48, 8).join());
    bus.write(new Uint8Array([8, 1, 2]), 0x48);
    console.log(bus.memRead(2, 0x48, 8).join());
    for (const action of [() => bus.read(1, 0x30), () => bus.write('a', 0x30), () => bus.memRead(1, 0x30, 0)]) try { action() } catch (e) { console.log(e.errno) }`);
  board.i2c.attach(1, 0x48, new Tmp117(board.environment));
  await board.run(1);
  assert.deepEqual(lines(), ['255,255', '1,2', '-146', '-147', '-146']);
});

/** Bosch's integer arithmetic (BST-BME280-DS002, 4.2.3), which wants BigInts for the pressure. */
function compensate(device: Bme280): { celsius: number; hectopascals: number; humidity: number } {
  const t = readRegister(device, 0x88, 26);
  const h = readRegister(device, 0xe1, 7);
  const data = readRegister(device, 0xf7, 8);
  const [T1, T2, T3] = [t.getUint16(0, true), t.getInt16(2, true), t.getInt16(4, true)];
  const P = Array.from({ length: 9 }, (_, i) => BigInt(i === 0 ? t.getUint16(6, true) : t.getInt16(6 + 2 * i, true)));
  const [H1, H2, H3, H6] = [t.getUint8(25), h.getInt16(0, true), h.getUint8(2), h.getInt8(6)];
  const H4 = (h.getInt8(3) << 4) | (h.getUint8(4) & 15);
  const H5 = (h.getInt8(5) << 4) | (h.getUint8(4) >> 4);
  const raw20 = (at: number) => (data.getUint16(at) << 4) | (data.getUint8(at + 2) >> 4);
  const [adcP, adcT, adcH] = [raw20(0), raw20(3), data.getUint16(6)];

  const fine = temperatureFine(adcT, T1, T2, T3);
  let v = fine - 76_800;
  v =
    (((adcH << 14) - (H4 << 20) - H5 * v + 16_384) >> 15) *
    (((((((v * H6) >> 10) * (((v * H3) >> 11) + 32_768)) >> 10) + 2_097_152) * H2 + 8_192) >> 14);
  v -= ((((v >> 15) * (v >> 15)) >> 7) * H1) >> 4;
  return {
    celsius: ((fine * 5 + 128) >> 8) / 100,
    hectopascals: Number(pressure(BigInt(adcP), BigInt(fine), P)) / 25_600,
    humidity: (Math.min(Math.max(v, 0), 419_430_400) >> 12) / 1_024,
  };
}

function temperatureFine(adc: number, T1: number, T2: number, T3: number): number {
  const a = (((adc >> 3) - (T1 << 1)) * T2) >> 11;
  const b = (((((adc >> 4) - T1) * ((adc >> 4) - T1)) >> 12) * T3) >> 14;
  return a + b;
}

/** In 256ths of a pascal. */
function pressure(adc: bigint, fine: bigint, [P1, P2, P3, P4, P5, P6, P7, P8, P9]: bigint[]): bigint {
  let a = fine - 128_000n;
  let b = a * a * P6;
  b += (a * P5) << 17n;
  b += P4 << 35n;
  a = ((a * a * P3) >> 8n) + ((a * P2) << 12n);
  a = (((1n << 47n) + a) * P1) >> 33n;
  let p = 1_048_576n - adc;
  p = (((p << 31n) - b) * 3_125n) / a;
  a = (P9 * (p >> 13n) * (p >> 13n)) >> 25n;
  b = (P8 * p) >> 19n;
  return ((p + a + b) >> 8n) + (P7 << 4n);
}

test('the compensation above gives the values of Bosch’s example (BMP280 datasheet, 3.12)', () => {
  const fine = temperatureFine(519_888, 27_504, 26_435, -1_000);
  assert.equal((fine * 5 + 128) >> 8, 2_508);
  const P = [36_477, -10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000].map(BigInt);
  near(Number(pressure(415_148n, BigInt(fine), P)) / 256, 100_653.27, 0.5);
});
