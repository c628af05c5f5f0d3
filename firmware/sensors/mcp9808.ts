/** Microchip MCP9808: datasheet DS25095, section 5.1.3. ±0.25 °C; measures four times a second by itself. */
import { i2cSensor } from './i2cSensor.ts';
import { inRange, SensorError, type CreateSensor } from './sensor.ts';

const TEMPERATURE = 0x05;

/** Decodes three flags, a sign, and 1/16 °C. @throws SensorError */
export function mcp9808Celsius([high, low]: Uint8Array): number {
  // A bus that no chip drives reads as ffff. As a temperature it would be -0.06 °C.
  if ((high & low) === 0xff) throw new SensorError('expected a temperature, got ffff');
  return inRange((((high & 0x1f) << 27) >> 19) / 16 + low / 16, -40, 125, '°C');
}

export const createSensor: CreateSensor = (settings) =>
  i2cSensor(settings, {
    read(device) {
      device.write(TEMPERATURE);
      return { celsius: mcp9808Celsius(device.read(2)) };
    },
  });
