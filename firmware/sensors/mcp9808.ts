/** Microchip MCP9808: datasheet DS25095, section 5.1.3. ±0.25 °C; measures four times a second of its own accord. */
import { i2cDevice } from '../kaluma/i2c.ts';
import { round } from '../reading.ts';
import type { I2cSensorSettings } from '../settings.ts';
import { inRange, SensorError, type CreateSensor } from './sensor.ts';

const TEMPERATURE = 0x05;

/** Three flags, a sign, and 1/16 °C. @throws SensorError */
export function mcp9808Celsius([high, low]: Uint8Array): number {
  // A bus without anybody on it: with a sign and all bits it would be -0.06 °C.
  if ((high & low) === 0xff) throw new SensorError('expected a temperature, got ffff');
  return inRange((((high & 0x1f) << 27) >> 19) / 16 + low / 16, -40, 125, '°C');
}

export const createSensor: CreateSensor = (settings) => {
  const { label, address, offsetCelsius } = settings as I2cSensorSettings;
  const device = i2cDevice(settings as I2cSensorSettings, address);
  return {
    name: label,
    start: () => 0,
    read() {
      device.write(TEMPERATURE);
      return { celsius: round(mcp9808Celsius(device.read(2)) + offsetCelsius, 2) };
    },
  };
};
