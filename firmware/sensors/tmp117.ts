/** Texas Instruments TMP117: datasheet SNOSD82, section 7.6. ±0.1 °C; measures once a second by itself. */
import { i2cSensor } from './i2cSensor.ts';
import { inRange, type CreateSensor } from './sensor.ts';

const TEMPERATURE = 0x00;

/** Decodes two's complement in 1/128 °C; it is 8000 before the first measurement. @throws SensorError */
export function tmp117Celsius([high, low]: Uint8Array): number {
  return inRange((((high << 24) >> 16) | low) / 128, -55, 150, '°C');
}

export const createSensor: CreateSensor = (settings) =>
  i2cSensor(settings, {
    read(device) {
      device.write(TEMPERATURE);
      return { celsius: tmp117Celsius(device.read(2)) };
    },
  });
