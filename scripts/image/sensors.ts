/** The settings of a sensor: its config, and what the catalogue says about its type. */
import {
  SENSOR_TYPES,
  SENSORS,
  type I2cSensor,
  type OneWireSensor,
  type SensorEntry,
} from '../../firmware/sensors/catalogue.ts';
import type { Lookup, SensorSettings } from '../../firmware/settings.ts';
import { romOf } from '../config/oneWireId.ts';
import type { SensorConfig } from '../config/schema.ts';

/** @param name null for the only sensor of a board */
export function sensorSettings(sensor: SensorConfig, name: string | null = null): SensorSettings {
  const entry: SensorEntry = SENSORS[sensor.type];
  const described = entry.remark === undefined ? entry.label : `${entry.label}, ${entry.remark}`;
  const label = name === null ? described : `${name} (${described})`;
  if ('bus' in sensor) {
    const { addresses, ids }: I2cSensor = SENSORS[sensor.type];
    const types = typesByName((other) => other.bus === 'i2c' && other.addresses.some((one) => addresses.includes(one)));
    return {
      address: addresses[0],
      ...sensor,
      label,
      lookup: lookupText({ chip: entry.label, addresses, types }),
      ids: ids.flatMap(({ register, length, mask, value }) => [register, length, mask, value]),
    };
  }
  if ('pin' in sensor) {
    const { family }: OneWireSensor = SENSORS[sensor.type];
    const types = typesByName(({ bus }) => bus === 'oneWire');
    const rom = sensor.id !== undefined && { rom: romOf(sensor.id) };
    return { ...sensor, label, lookup: lookupText({ chip: entry.label, addresses: [], types }), family, ...rom };
  }
  return { ...sensor, label };
}

function lookupText(lookup: Lookup): string {
  return JSON.stringify(lookup);
}

/** Names of chips, with their types in the config. */
function typesByName(isMeant: (entry: SensorEntry) => boolean): (readonly [string, string])[] {
  return SENSOR_TYPES.filter((type) => isMeant(SENSORS[type])).map((type) => [SENSORS[type].label, type] as const);
}
