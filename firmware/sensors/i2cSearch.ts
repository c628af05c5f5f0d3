/** Finds out why a sensor on I2C does not answer as it should. This part of the program is loaded only then. */
import { i2cDevice, type I2cDevice } from '../kaluma/i2c.ts';
import { NoAnswerError } from '../kaluma/noAnswer.ts';
import type { I2cSensorSettings, Lookup } from '../settings.ts';
import { crc8 } from './crc8.ts';
import { readRegister } from './i2cIds.ts';
import { otherChip, withArticle } from './otherChip.ts';

/** A chip that people mistake for another one, and how to identify it. The lists below are by address. */
type KnownChip = readonly [name: string, register: number, length: 1 | 2, mask: number, value: number];
const AT_76: readonly KnownChip[] = [
  ['BME280', 0xd0, 1, 0xff, 0x60],
  ['BMP280', 0xd0, 1, 0xff, 0x58],
  ['BMP280', 0xd0, 1, 0xfe, 0x56],
  ['BME680', 0xd0, 1, 0xff, 0x61],
  ['BMP180', 0xd0, 1, 0xff, 0x55],
  ['BMP388', 0x00, 1, 0xff, 0x50],
  ['BMP390', 0x00, 1, 0xff, 0x60],
];
const AT_48: readonly KnownChip[] = [
  ['TMP117', 0x0f, 2, 0xffff, 0x0117],
  ['TMP117', 0x0f, 2, 0xffff, 0x1117],
  ['TMP116', 0x0f, 2, 0xffff, 0x1116],
  ['TMP119', 0x0f, 2, 0xffff, 0x2117],
  ['TMP1075', 0x0f, 2, 0xff00, 0x7500],
  // Two bits of the configuration that are always set (SBOS397, table 8); an LM75 and a TMP75 have them clear.
  ['TMP102', 0x01, 2, 0x600f, 0x6000],
  // These chips have no id. The register holds their default limit of 80 °C.
  ['LM75 or TMP75', 0x03, 2, 0xffff, 0x5000],
];
const AT_18: readonly KnownChip[] = [
  ['MCP9808', 0x07, 2, 0xff00, 0x0400],
  ['MCP9843', 0x07, 2, 0xfe00, 0x2000],
  ['MCP9844', 0x07, 2, 0xff00, 0x2200],
  ['LIS3DH, which measures acceleration', 0x0f, 1, 0xff, 0x33],
];

/**
 * @param identify asks for the identity of the configured sensor
 * @returns the error, followed by its cause as far as the chips on the bus show it
 */
export function explainI2c(settings: I2cSensorSettings, identify: (at: I2cDevice) => void, error: Error): string {
  const { message } = error;
  const { chip, addresses, types } = JSON.parse(settings.lookup) as Lookup;
  const answersAt = (address: number): boolean => {
    try {
      identify(i2cDevice(settings, address));
      return true;
    } catch {
      return false;
    }
  };
  // The right chip is there, and failed once.
  if (answersAt(settings.address)) return message;
  const own = nameAt(settings, settings.address);
  if (own !== null && own !== chip) {
    return `${message}: ${otherChip(own, types)}`;
  }
  if (!(error instanceof NoAnswerError)) return message;
  for (const address of addresses) {
    if (address === settings.address) continue;
    const where = `0x${address.toString(16)}, its other address`;
    if (answersAt(address)) {
      return `${message}; ${withArticle(chip)} answers from ${where}: set the sensor's address to ${address}`;
    }
    const other = nameAt(settings, address);
    if (other !== null) return `${message}; ${withArticle(other)} answers from ${where}`;
  }
  return `${message}; check its wires`;
}

/** The name of the chip at an address; null if none answers, or one that is not listed here. */
function nameAt(settings: I2cSensorSettings, address: number): string | null {
  const device = i2cDevice(settings, address);
  if (address >= 0x44 && address <= 0x46) return isSht3x(device) ? 'SHT3x' : null;
  const known = address >= 0x76 ? AT_76 : address >= 0x48 && address <= 0x4f ? AT_48 : AT_18;
  try {
    for (const [name, register, length, mask, value] of known) {
      if ((readRegister(device, register, length) & mask) === value) return name;
    }
  } catch {
    // No chip answers, or the chip does not have every register.
  }
  return null;
}

/** Recognizes it by its status register, which an SHT4x does not have (datasheet SHT3x-DIS, section 4.11). */
function isSht3x(device: I2cDevice): boolean {
  try {
    device.write(0xf3, 0x2d);
    const bytes = device.read(3);
    return crc8(bytes.subarray(0, 2), 0xff) === bytes[2];
  } catch {
    return false;
  }
}
