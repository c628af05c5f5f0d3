/** Identifies chips on I2C by the numbers in their id registers. */
import type { I2cDevice } from '../kaluma/i2c.ts';
import type { I2cSensorSettings } from '../settings.ts';
import { SensorError } from './sensor.ts';

/** @throws SensorError if the chip has other numbers in its id registers */
export function expectIds(device: I2cDevice, ids: I2cSensorSettings['ids']): void {
  for (let i = 0; i < ids.length; i += 4) {
    const [register, length, mask, value] = ids.slice(i);
    const found = readRegister(device, register, length);
    if ((found & mask) !== value) {
      throw new SensorError(`expected chip id ${value.toString(16)}, got ${found.toString(16)}`);
    }
  }
}

/** @param length 1 or 2 bytes, most significant first */
export function readRegister(device: I2cDevice, register: number, length: number): number {
  device.write(register);
  const bytes = device.read(length);
  return length === 2 ? (bytes[0] << 8) | bytes[1] : bytes[0];
}
