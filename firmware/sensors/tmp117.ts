/** Texas Instruments TMP117: datasheet SNOSD82, section 7.6. ±0.1 °C; measures once a second of its own accord. */
import { i2cDevice } from '../kaluma/i2c.ts';
import { round } from '../reading.ts';
import type { I2cSensorSettings } from '../settings.ts';
import { inRange, type CreateSensor } from './sensor.ts';

const TEMPERATURE = 0x00;

/** Two's complement in 1/128 °C; 8000 before the first measurement. @throws SensorError */
export function tmp117Celsius([high, low]: Uint8Array): number {
  return inRange((((high << 24) >> 16) | low) / 128, -55, 150, '°C');
}

export const createSensor: CreateSensor = (settings) => {
  const { label, address, offsetCelsius } = settings as I2cSensorSettings;
  const device = i2cDevice(settings as I2cSensorSettings, address);
  return {
    name: label,
    start: () => 0,
    read() {
      device.write(TEMPERATURE);
      return { celsius: round(tmp117Celsius(device.read(2)) + offsetCelsius, 2) };
    },
  };
};
