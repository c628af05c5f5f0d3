/** Maxim DS18S20 (and DS1820): datasheet 19-5474. ±0.5 °C. */
import { checked, oneWireSensor } from './oneWireSensor.ts';
import { inRange, SensorError, type CreateSensor } from './sensor.ts';

/** The scratchpad's values before the first conversion: 85 °C in half degrees, and the remaining count. */
const POWER_ON = 0xaa;
const POWER_ON_REMAIN = 0x0c;

/** @param scratchpad 9 bytes, the last a CRC. @throws SensorError */
export function ds18s20Celsius(scratchpad: Uint8Array): number {
  const [low, high, , , , , remain, perDegree] = checked(scratchpad);
  const raw = ((high << 24) >> 16) | low;
  if (raw === POWER_ON && remain === POWER_ON_REMAIN) throw new SensorError('85 °C is the power-on value');
  if (perDegree === 0) throw new SensorError('expected a count per degree, got 0');
  // Whole degrees, and a fraction from the counter (datasheet, "High resolution").
  return inRange((raw >> 1) - 0.25 + (perDegree - remain) / perDegree, -55, 125, '°C');
}

export const createSensor: CreateSensor = (settings) => oneWireSensor(settings, ds18s20Celsius);
