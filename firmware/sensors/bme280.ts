/** Bosch BME280: datasheet BST-BME280-DS002, sections 4.2.2, 5.4 and appendix 8.1. ±0.5 °C, 3 % humidity, 1 hPa. */
import { boschDigits, boschMeasurement, CALIBRATION, readBosch, readFrom, startBosch } from './bosch.ts';
import { i2cSensor } from './i2cSensor.ts';
import type { CreateSensor, Measurement } from './sensor.ts';

const CALIBRATION_HUMIDITY = 0xe1;
const CONTROL_HUMIDITY = 0xf2;

/** The calibration that is stored in the chip. */
export interface Bme280Calibration {
  /** dig_T1 to 3, dig_P1 to 9, dig_H1 to 6, in this order. */
  digits: number[];
}

/**
 * @param first 26 bytes from 0x88
 * @param second 7 bytes from 0xe1
 */
export function bme280Calibration(first: Uint8Array, second: Uint8Array): Bme280Calibration {
  const digits = boschDigits(first);
  const signed = (byte: number): number => (byte << 24) >> 24;
  const [low, high, third, fourth, shared, fifth, sixth] = second;
  digits.push(first[25], (signed(high) << 8) | low, third);
  digits.push((signed(fourth) << 4) | (shared & 15), (signed(fifth) << 4) | (shared >> 4), signed(sixth));
  return { digits };
}

/** @param data 8 bytes from 0xf7. @throws SensorError */
export function bme280Measurement({ digits }: Bme280Calibration, data: Uint8Array): Required<Measurement> {
  const { celsius, pressure, fine } = boschMeasurement(digits, data);
  const [h1, h2, h3, h4, h5, h6] = digits.slice(12);
  const adcH = (data[6] << 8) | data[7];
  const warm = fine - 76_800;
  const humid =
    (adcH - (h4 * 64 + (h5 / 16_384) * warm)) *
    (h2 / 65_536) *
    (1 + (h6 / 67_108_864) * warm * (1 + (h3 / 67_108_864) * warm));
  return { celsius, pressure, humidity: Math.max(0, Math.min(humid * (1 - (h1 * humid) / 524_288), 100)) };
}

export const createSensor: CreateSensor = (settings) =>
  i2cSensor(settings, {
    start(device) {
      // The value takes effect with the next write to the control register (section 5.4.3).
      device.write(CONTROL_HUMIDITY, 1);
      return startBosch(device);
    },
    read(device) {
      // The calibration is read for each measurement, because the chip may have been replaced.
      const calibration = bme280Calibration(
        readFrom(device, CALIBRATION, 26),
        readFrom(device, CALIBRATION_HUMIDITY, 7),
      );
      return bme280Measurement(calibration, readBosch(device, 8));
    },
  });
