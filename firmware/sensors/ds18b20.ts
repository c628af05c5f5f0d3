/** Maxim DS18B20: datasheet 19-7487. ±0.5 °C. */
import { checked, oneWireSensor } from './oneWireSensor.ts';
import { inRange, SensorError, type CreateSensor } from './sensor.ts';

/** The scratchpad's value before the first conversion: 85 °C. */
const POWER_ON = 0x0550;

/** @param scratchpad 9 bytes, the last a CRC. @throws SensorError */
export function ds18b20Celsius(scratchpad: Uint8Array): number {
  const [low, high] = checked(scratchpad);
  const raw = ((high << 24) >> 16) | low;
  if (raw === POWER_ON) throw new SensorError('85 °C is the power-on value');
  return inRange(raw / 16, -55, 125, '°C');
}

export const createSensor: CreateSensor = (settings) => oneWireSensor(settings, ds18b20Celsius);
