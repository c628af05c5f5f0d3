/** Bosch BME280: datasheet BST-BME280-DS002, sections 4.2.2, 5.4 and appendix 8.1. ±0.5 °C, 3 % humidity, 1 hPa. */
import { i2cDevice } from '../kaluma/i2c.ts';
import { round } from '../reading.ts';
import type { I2cSensorSettings } from '../settings.ts';
import { inRange, SensorError, type CreateSensor, type Measurement } from './sensor.ts';

const CHIP_ID = 0xd0;
const CALIBRATION = 0x88;
const CALIBRATION_HUMIDITY = 0xe1;
const CONTROL_HUMIDITY = 0xf2;
const CONTROL = 0xf4;
const DATA = 0xf7;
/** One sample of each quantity, then sleep: takes 9.3 ms at most (appendix 9.1). */
const FORCED = 0x25;
const DURATION = 12;

/** What each part's own calibration makes of its raw values: the datasheet's formulas in floating point. */
export interface Bme280Calibration {
  /** dig_T1 to 3, dig_P1 to 9, dig_H1 to 6, in this order. */
  digits: number[];
}

/**
 * @param first 26 bytes from 0x88
 * @param second 7 bytes from 0xe1
 */
export function bme280Calibration(first: Uint8Array, second: Uint8Array): Bme280Calibration {
  const words = new DataView(first.slice().buffer);
  const digits: number[] = [];
  // dig_T1 and dig_P1 are the ones without a sign.
  for (let i = 0; i < 12; i++)
    digits.push(i === 0 || i === 3 ? words.getUint16(2 * i, true) : words.getInt16(2 * i, true));
  const signed = (byte: number): number => (byte << 24) >> 24;
  const [low, high, third, fourth, shared, fifth, sixth] = second;
  digits.push(first[25], (signed(high) << 8) | low, third);
  digits.push((signed(fourth) << 4) | (shared & 15), (signed(fifth) << 4) | (shared >> 4), signed(sixth));
  return { digits };
}

/** @param data 8 bytes from 0xf7. @throws SensorError */
export function bme280Measurement({ digits }: Bme280Calibration, data: Uint8Array): Required<Measurement> {
  const [t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9, h1, h2, h3, h4, h5, h6] = digits;
  const adcP = (data[0] << 12) | (data[1] << 4) | (data[2] >> 4);
  const adcT = (data[3] << 12) | (data[4] << 4) | (data[5] >> 4);
  const adcH = (data[6] << 8) | data[7];
  // The value of a measurement that was skipped.
  if (adcT === 0x80000) throw new SensorError('no measurement yet');

  const coarse = adcT / 131_072 - t1 / 8192;
  const fine = coarse * 8 * t2 + coarse * coarse * t3;

  let x = fine / 2 - 64_000;
  const y = (x * x * p6) / 32_768 + 2 * x * p5;
  x = ((p3 * x * x) / 524_288 + p2 * x) / 524_288;
  let pascal = ((1_048_576 - adcP - (y / 4 + p4 * 65_536) / 4096) * 6250) / ((1 + x / 32_768) * p1);
  pascal += ((p9 * pascal * pascal) / 2_147_483_648 + (pascal * p8) / 32_768 + p7) / 16;

  const warm = fine - 76_800;
  const humid =
    (adcH - (h4 * 64 + (h5 / 16_384) * warm)) *
    (h2 / 65_536) *
    (1 + (h6 / 67_108_864) * warm * (1 + (h3 / 67_108_864) * warm));

  return {
    celsius: inRange(fine / 5120, -40, 85, '°C'),
    humidity: Math.max(0, Math.min(humid * (1 - (h1 * humid) / 524_288), 100)),
    pressure: inRange(pascal / 100, 300, 1100, 'hPa'),
  };
}

export const createSensor: CreateSensor = (settings) => {
  const { label, address, offsetCelsius } = settings as I2cSensorSettings;
  const device = i2cDevice(settings as I2cSensorSettings, address);
  const readFrom = (register: number, length: number): Uint8Array => {
    device.write(register);
    return device.read(length);
  };
  return {
    name: label,
    start() {
      const [id] = readFrom(CHIP_ID, 1);
      // The BMP280, which looks the same, is 58 and feels no humidity.
      if (id !== 0x60) throw new SensorError(`expected chip id 60, got ${id.toString(16)}`);
      device.write(CONTROL_HUMIDITY, 1);
      device.write(CONTROL, FORCED);
      return DURATION;
    },
    read() {
      // Each time anew: it may be another one by now.
      const calibration = bme280Calibration(readFrom(CALIBRATION, 26), readFrom(CALIBRATION_HUMIDITY, 7));
      const { celsius, humidity, pressure } = bme280Measurement(calibration, readFrom(DATA, 8));
      return { celsius: round(celsius + offsetCelsius, 2), humidity: round(humidity, 1), pressure: round(pressure, 1) };
    },
  };
};
