/** Bosch BMP280: datasheet BST-BMP280-DS001. ±1 °C, 1 hPa; it looks like a BME280 and does not measure humidity. */
import { boschDigits, boschMeasurement, CALIBRATION, readBosch, readFrom, startBosch } from './bosch.ts';
import { i2cSensor } from './i2cSensor.ts';
import type { CreateSensor } from './sensor.ts';

export const createSensor: CreateSensor = (settings) =>
  i2cSensor(settings, {
    start: startBosch,
    read(device) {
      // The calibration is read for each measurement, because the chip may have been replaced.
      const digits = boschDigits(readFrom(device, CALIBRATION, 24));
      const { celsius, pressure } = boschMeasurement(digits, readBosch(device, 6));
      return { celsius, pressure };
    },
  });
