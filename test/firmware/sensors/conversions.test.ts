/** Checks how the sensors' bytes are converted, by the examples of their datasheets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bme280Calibration, bme280Measurement } from '../../../firmware/sensors/bme280.ts';
import { boschDigits, boschMeasurement } from '../../../firmware/sensors/bosch.ts';
import { crc8, crc8Reflected } from '../../../firmware/sensors/crc8.ts';
import { ds18b20Celsius } from '../../../firmware/sensors/ds18b20.ts';
import { ds18s20Celsius } from '../../../firmware/sensors/ds18s20.ts';
import { mcp9808Celsius } from '../../../firmware/sensors/mcp9808.ts';
import { rp2040Celsius } from '../../../firmware/sensors/rp2040.ts';
import { SensorError } from '../../../firmware/sensors/sensor.ts';
import { sht4xMeasurement } from '../../../firmware/sensors/sht4x.ts';
import { tmp117Celsius } from '../../../firmware/sensors/tmp117.ts';
import { fromHex } from '../../../src/bytes/encoding.ts';

function refuses(action: () => unknown): void {
  assert.throws(action, SensorError);
}

test('RP2040: voltages are converted as in the datasheet, section 4.9.5', () => {
  assert.ok(Math.abs(rp2040Celsius(0.706 / 3.3) - 27) < 1e-9);
  assert.ok(Math.abs(rp2040Celsius(0.706 / 3.3 - 0.01721 / 3.3) - 37) < 1e-9);
  // An input that is not connected, or tied to a rail.
  refuses(() => rp2040Celsius(0));
  refuses(() => rp2040Celsius(4095 / 4096));
});

test('TMP117: registers are converted as in SNOSD82, table 7-1', () => {
  for (const [bytes, celsius] of [
    ['0c80', 25],
    ['0001', 0.0078125],
    ['0000', 0],
    ['ffff', -0.0078125],
    ['f380', -25],
    ['4b00', 150],
    ['e480', -55],
  ] as const) {
    assert.equal(tmp117Celsius(fromHex(bytes)), celsius);
  }
  // Before the first conversion.
  refuses(() => tmp117Celsius(fromHex('8000')));
  refuses(() => tmp117Celsius(fromHex('7fff')));
});

test('MCP9808: registers are converted as in DS25095, section 5.1.3.1, with and without the flags above the sign', () => {
  for (const [bytes, celsius] of [
    ['c194', 25.25],
    ['0194', 25.25],
    ['1e6c', -25.25],
    ['fe6c', -25.25],
    ['0000', 0],
    ['1fff', -0.0625],
    ['07d0', 125],
    ['1d80', -40],
  ] as const) {
    assert.equal(mcp9808Celsius(fromHex(bytes)), celsius);
  }
  refuses(() => mcp9808Celsius(fromHex('ffff')));
  refuses(() => mcp9808Celsius(fromHex('0fff')));
});

test('SHT4x: the CRC is that of the datasheet, section 4.4, and values are converted as in section 4.6', () => {
  assert.equal(crc8(fromHex('beef'), 0xff), 0x92);
  const words = (t: number, rh: number): Uint8Array => {
    const bytes = Uint8Array.of(t >> 8, t & 0xff, 0, rh >> 8, rh & 0xff, 0);
    bytes[2] = crc8(bytes.subarray(0, 2), 0xff);
    bytes[5] = crc8(bytes.subarray(3, 5), 0xff);
    return bytes;
  };
  const { celsius, humidity } = sht4xMeasurement(words(0x6666, 0x8000));
  assert.ok(Math.abs(celsius - (-45 + 175 * 0.4)) < 0.001);
  assert.ok(Math.abs(humidity - (-6 + 62.5)) < 0.001);
  assert.equal(sht4xMeasurement(words(0x6666, 0xffff)).humidity, 100);
  assert.equal(sht4xMeasurement(words(0x6666, 0)).humidity, 0);
  for (let bit = 0; bit < 48; bit++) {
    const bytes = words(0x6666, 0x8000);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    refuses(() => sht4xMeasurement(bytes));
  }
});

test('BME280: values agree with the worked example of the BMP280 datasheet, section 3.12, whose formulas are the same', () => {
  const first = new DataView(new ArrayBuffer(26));
  [27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000].forEach((word, i) =>
    first.setInt16(2 * i, word, true),
  );
  first.setUint8(25, 75);
  const calibration = bme280Calibration(
    new Uint8Array(first.buffer),
    Uint8Array.of(0x6a, 0x01, 0, 0x14, 0x04, 0x03, 0x1e),
  );
  assert.deepEqual(calibration.digits.slice(12), [75, 362, 0, 324, 48, 30]);
  // adc_T 519888, adc_P 415148, humidity half-way.
  const data = Uint8Array.of(0x65, 0x5a, 0xc0, 0x7e, 0xed, 0x00, 0x75, 0x30);
  const { celsius, pressure, humidity } = bme280Measurement(calibration, data);
  assert.ok(Math.abs(celsius - 25.0825) < 0.0005, `${celsius}`);
  assert.ok(Math.abs(pressure - 1006.5327) < 0.001, `${pressure}`);
  assert.ok(humidity > 0 && humidity < 100);
});

test('BMP280: values agree with the worked example of its datasheet, section 3.12', () => {
  const digits = boschDigits(
    new Uint8Array(Int16Array.of(27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000).buffer),
  );
  const { celsius, pressure } = boschMeasurement(digits, Uint8Array.of(0x65, 0x5a, 0xc0, 0x7e, 0xed, 0x00));
  assert.ok(Math.abs(celsius - 25.0825) < 0.0005, `${celsius}`);
  assert.ok(Math.abs(pressure - 1006.5327) < 0.001, `${pressure}`);
});

test('BME280: the packed humidity digits keep their signs', () => {
  const { digits } = bme280Calibration(new Uint8Array(26), Uint8Array.of(0xff, 0xff, 0xff, 0x80, 0x5a, 0x80, 0x80));
  assert.deepEqual(digits.slice(13), [-1, 255, -2048 + 0xa, -2048 + 5, -128]);
});

test('BME280: a value that was not measured is left out', () => {
  const calibration = bme280Calibration(new Uint8Array(26).fill(1), new Uint8Array(7).fill(1));
  refuses(() => bme280Measurement(calibration, Uint8Array.of(0x80, 0, 0, 0x80, 0, 0, 0x80, 0)));
});

test('DS18B20: scratchpads are converted as in 19-7487, table 1, and their CRC is checked', () => {
  assert.equal(crc8Reflected(fromHex('02 1c b8 01 00 00 00 a2'.replaceAll(' ', ''))), 0, 'Maxim application note 27');
  const scratchpad = (raw: number): Uint8Array => {
    const bytes = Uint8Array.of(raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10, 0);
    bytes[8] = crc8Reflected(bytes.subarray(0, 8));
    return bytes;
  };
  for (const [raw, celsius] of [
    [0x07d0, 125],
    [0x0191, 25.0625],
    [0x00a2, 10.125],
    [0x0008, 0.5],
    [0x0000, 0],
    [0xfff8, -0.5],
    [0xff5e, -10.125],
    [0xfe6f, -25.0625],
    [0xfc90, -55],
  ]) {
    assert.equal(ds18b20Celsius(scratchpad(raw)), celsius);
  }
  assert.throws(() => ds18b20Celsius(scratchpad(0x0550)), /85 °C is the power-on value/);
  refuses(() => ds18b20Celsius(scratchpad(0x0800)));
  refuses(() => ds18b20Celsius(new Uint8Array(9)));
  refuses(() => ds18b20Celsius(new Uint8Array(9).fill(0xff)));
  for (let bit = 0; bit < 72; bit++) {
    const bytes = scratchpad(0x0191);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    refuses(() => ds18b20Celsius(bytes));
  }
});

test('DS18S20: scratchpads are converted as in 19-5474, table 1 and "High resolution", and their CRC is checked', () => {
  const scratchpad = (raw: number, remain: number, perDegree = 16): Uint8Array => {
    const bytes = Uint8Array.of(raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0xff, 0xff, remain, perDegree, 0);
    bytes[8] = crc8Reflected(bytes.subarray(0, 8));
    return bytes;
  };
  for (const [raw, remain, celsius] of [
    // Half a degree is cut off, and the counter gives the rest: 0 °C - 0.25 + 12/16.
    [0x0001, 4, 0.5],
    [0x0032, 12, 25],
    [0x0033, 4, 25.5],
    [0xffce, 12, -25],
    [0xff92, 12, -55],
    [0x00aa, 11, 85.0625],
  ]) {
    assert.equal(ds18s20Celsius(scratchpad(raw, remain)), celsius);
  }
  assert.throws(() => ds18s20Celsius(scratchpad(0x00aa, 0x0c)), /85 °C is the power-on value/);
  refuses(() => ds18s20Celsius(scratchpad(0x0032, 12, 0)));
  refuses(() => ds18s20Celsius(scratchpad(0x0200, 12)));
  refuses(() => ds18s20Celsius(new Uint8Array(9)));
});
