/**
 * Every sensor that a board can have. The config's schema, the questions of `npm run setup`, error texts and tests derive
 * from this table. The build puts only the entry of the configured sensor into the settings, not the table. The code of a
 * sensor is in the file that is named after its type.
 */

/** A number in a chip's register that identifies it. */
export interface ChipId {
  register: number;
  /** Length of the register in bytes; the first byte is the most significant. */
  length: 1 | 2;
  /** The bits that identify the kind of chip; the others may be its revision. */
  mask: number;
  value: number;
}

interface Described {
  /** Its name as the manufacturer writes it. */
  label: string;
  /** A note that a person should read before the first reading comes. */
  remark?: string;
  measures: readonly ('celsius' | 'humidity' | 'pressure')[];
}

export interface ChipSensor extends Described {
  bus: 'chip';
}

export interface I2cSensor extends Described {
  bus: 'i2c';
  /** Addresses of 7 bits; the chip has the first one unless its pins are wired otherwise. */
  addresses: readonly number[];
  /** Empty for a chip that identifies itself in another way, which its own file implements. */
  ids: readonly ChipId[];
}

export interface OneWireSensor extends Described {
  bus: 'oneWire';
  /** The first byte of the 64-bit ROM code. */
  family: number;
}

export type SensorEntry = ChipSensor | I2cSensor | OneWireSensor;

export const SENSORS = {
  rp2040: {
    bus: 'chip',
    label: 'RP2040',
    remark: 'degrees off until calibrated: sensor.offsetCelsius',
    measures: ['celsius'],
  },
  tmp117: {
    bus: 'i2c',
    label: 'TMP117',
    addresses: [0x48, 0x49, 0x4a, 0x4b],
    ids: [{ register: 0x0f, length: 2, mask: 0x0fff, value: 0x0117 }],
    measures: ['celsius'],
  },
  mcp9808: {
    bus: 'i2c',
    label: 'MCP9808',
    addresses: [0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f],
    ids: [
      { register: 0x06, length: 2, mask: 0xffff, value: 0x0054 },
      { register: 0x07, length: 2, mask: 0xff00, value: 0x0400 },
    ],
    measures: ['celsius'],
  },
  // It identifies itself by a serial number with a CRC.
  sht4x: { bus: 'i2c', label: 'SHT4x', addresses: [0x44, 0x45, 0x46], ids: [], measures: ['celsius', 'humidity'] },
  bme280: {
    bus: 'i2c',
    label: 'BME280',
    addresses: [0x76, 0x77],
    ids: [{ register: 0xd0, length: 1, mask: 0xff, value: 0x60 }],
    measures: ['celsius', 'humidity', 'pressure'],
  },
  bmp280: {
    bus: 'i2c',
    label: 'BMP280',
    addresses: [0x76, 0x77],
    ids: [{ register: 0xd0, length: 1, mask: 0xff, value: 0x58 }],
    measures: ['celsius', 'pressure'],
  },
  ds18b20: { bus: 'oneWire', label: 'DS18B20', family: 0x28, measures: ['celsius'] },
  ds18s20: { bus: 'oneWire', label: 'DS18S20', family: 0x10, measures: ['celsius'] },
} as const satisfies Record<string, SensorEntry>;

export type SensorType = keyof typeof SENSORS;

/** Types of the sensors on a bus. */
export type SensorTypeOn<Bus> = {
  [Type in SensorType]: (typeof SENSORS)[Type]['bus'] extends Bus ? Type : never;
}[SensorType];

export const SENSOR_TYPES = Object.keys(SENSORS) as SensorType[];

export function sensorTypesOn<const Bus extends 'chip' | 'i2c' | 'oneWire'>(bus: Bus): SensorTypeOn<Bus>[] {
  return SENSOR_TYPES.filter((type): type is SensorTypeOn<Bus> => SENSORS[type].bus === bus);
}
