/**
 * The registers, calibration and formulas that Bosch's BME280 and BMP280 share: datasheets BST-BME280-DS002 and
 * BST-BMP280-DS001. Temperature and pressure are computed in floating point (appendix 8.1).
 */
import type { I2cDevice } from '../kaluma/i2c.ts';
import { inRange, SensorError, type Measurement } from './sensor.ts';

export const CALIBRATION = 0x88;
const CONTROL = 0xf4;
const DATA = 0xf7;
/** One sample of each quantity, then sleep: takes 9.3 ms at most (BME280, appendix 9.1). */
const FORCED = 0x25;
const DURATION = 12;
/** Raw value of a measurement that was skipped. */
const SKIPPED = 0x80000;

/** Starts a measurement. @returns ms that it takes */
export function startBosch(device: I2cDevice): number {
  device.write(CONTROL, FORCED);
  return DURATION;
}

/** Reads `length` bytes that begin at a register. */
export function readFrom(device: I2cDevice, register: number, length: number): Uint8Array {
  device.write(register);
  return device.read(length);
}

/** @returns the raw values: 6 bytes of pressure and temperature, and 2 of humidity if the chip measures it */
export function readBosch(device: I2cDevice, length: 6 | 8): Uint8Array {
  return readFrom(device, DATA, length);
}

/** @param bytes 24 or more from 0x88 @returns dig_T1 to 3 and dig_P1 to 9 */
export function boschDigits(bytes: Uint8Array): number[] {
  const words = new DataView(bytes.slice().buffer);
  const digits: number[] = [];
  // dig_T1 and dig_P1 have no sign.
  for (let i = 0; i < 12; i++)
    digits.push(i === 0 || i === 3 ? words.getUint16(2 * i, true) : words.getInt16(2 * i, true));
  return digits;
}

/** @param data 6 or more bytes from 0xf7 @returns the measurement, and t_fine for the humidity @throws SensorError */
export function boschMeasurement(
  digits: readonly number[],
  data: Uint8Array,
): Required<Pick<Measurement, 'celsius' | 'pressure'>> & { fine: number } {
  const [t1, t2, t3, p1, p2, p3, p4, p5, p6, p7, p8, p9] = digits;
  const adcP = (data[0] << 12) | (data[1] << 4) | (data[2] >> 4);
  const adcT = (data[3] << 12) | (data[4] << 4) | (data[5] >> 4);
  if (adcT === SKIPPED) throw new SensorError('no measurement yet');

  const coarse = adcT / 131_072 - t1 / 8192;
  const fine = coarse * 8 * t2 + coarse * coarse * t3;

  let x = fine / 2 - 64_000;
  const y = (x * x * p6) / 32_768 + 2 * x * p5;
  x = ((p3 * x * x) / 524_288 + p2 * x) / 524_288;
  let pascal = ((1_048_576 - adcP - (y / 4 + p4 * 65_536) / 4096) * 6250) / ((1 + x / 32_768) * p1);
  pascal += ((p9 * pascal * pascal) / 2_147_483_648 + (pascal * p8) / 32_768 + p7) / 16;
  return {
    celsius: inRange(fine / 5120, -40, 85, '°C'),
    pressure: inRange(pascal / 100, 300, 1100, 'hPa'),
    fine,
  };
}
