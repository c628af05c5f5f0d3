/**
 * The sensors of a config, and the checks that JSON Schema cannot express: pins, addresses and ids that exclude each
 * other.
 */
import { SENSORS } from '../../firmware/sensors/catalogue.ts';
import { alternatives } from '../lib/words.ts';
import { ConfigError } from './errors.ts';
import { i2cLine, pinsOfLine, TAKEN_PINS, USUAL_I2C_PINS } from './pins.ts';
import type { BoardConfig, I2cSensorConfig, OneWireSensorConfig, SensorConfig } from './schema.ts';

/** A sensor, its name (null for the only sensor of a board), and the field of the config that holds it. */
export interface BoardSensor {
  name: string | null;
  sensor: SensorConfig;
  field: string;
}

export function sensorsOf({ sensor, sensors }: Pick<BoardConfig, 'sensor' | 'sensors'>): BoardSensor[] {
  if (sensor !== undefined) return [{ name: null, sensor, field: 'sensor' }];
  return (sensors ?? []).map(({ name, ...one }, i) => ({ name, sensor: one, field: `sensors[${i}]` }));
}

/** Fills in the usual pins of the bus where the config names none: the schema's defaults are those of bus 0. */
export function fillSensorPins(config: BoardConfig, written: BoardConfig): void {
  const fill = (sensor: object, given: object): void => {
    if (!('bus' in sensor)) return;
    const usual = USUAL_I2C_PINS[sensor.bus as 0 | 1];
    if (!('sda' in given)) Object.assign(sensor, { sda: usual.sda });
    if (!('scl' in given)) Object.assign(sensor, { scl: usual.scl });
  };
  if (config.sensor !== undefined) fill(config.sensor, written.sensor ?? {});
  config.sensors?.forEach((sensor, i) => fill(sensor, written.sensors?.[i] ?? {}));
}

/** @throws ConfigError for sensors that cannot be connected in this way */
export function checkSensors(config: BoardConfig, file: string): void {
  const refuse = (field: string, problem: string): never => {
    throw new ConfigError(file, field, problem);
  };
  if (config.sensor !== undefined && config.sensors !== undefined) {
    refuse('sensors', 'found beside sensor; give one of the two: sensor is for a board that has one');
  }
  const all = sensorsOf(config);
  if (all.length === 0) refuse('sensor', 'missing; wanted: the sensor of the board, or sensors for several');
  all.forEach(({ name, sensor, field }, i) => {
    const others = all.slice(0, i);
    const twin = others.find((other) => other.name === name);
    if (twin !== undefined)
      refuse(`${field}.name`, `found ${JSON.stringify(name)}, as in ${twin.field}; wanted another`);
    const say = (inner: string, problem: string): never => refuse(`${field}.${inner}`, problem);
    if ('bus' in sensor) checkI2c(sensor, others, say);
    else if ('pin' in sensor) checkOneWire(sensor, all, others, say);
    else if (others.some((other) => other.sensor.type === sensor.type))
      say('type', 'the chip has one such sensor only');
  });
}

type Say = (inner: string, problem: string) => never;

function checkI2c(sensor: I2cSensorConfig, others: BoardSensor[], say: Say): void {
  for (const line of ['sda', 'scl'] as const) {
    const pin = sensor[line];
    const wanted = `${line.toUpperCase()} of bus ${sensor.bus}`;
    const able = pinsOfLine(wanted);
    if (!able.includes(pin)) {
      const found = TAKEN_PINS.includes(pin) ? 'is taken on the Pico W' : `is ${i2cLine(pin)}`;
      say(line, `found ${pin}, which ${found}; wanted ${wanted}: ${alternatives(able)}`);
    }
    for (const { sensor: other, field } of others) {
      if ('pin' in other && other.pin === pin) say(line, `found ${pin}, which is the wire of ${field}`);
      if ('bus' in other && other.bus === sensor.bus && other[line] !== pin) {
        say(line, `found ${pin}, and ${other[line]} in ${field}; a bus has the same pins for all its sensors`);
      }
    }
  }
  const addressOf = ({ type, address }: I2cSensorConfig): number => address ?? SENSORS[type].addresses[0];
  for (const { sensor: other, field } of others) {
    if (!('bus' in other) || other.bus !== sensor.bus || addressOf(other) !== addressOf(sensor)) continue;
    const free = SENSORS[sensor.type].addresses.filter((address) => address !== addressOf(other));
    say('address', `${field} has ${addressOf(other)} on this bus too; wanted another, such as ${alternatives(free)}`);
  }
}

function checkOneWire(sensor: OneWireSensorConfig, all: BoardSensor[], others: BoardSensor[], say: Say): void {
  const { type, id, pin } = sensor;
  const { label, family } = SENSORS[type];
  const code = family.toString(16);
  if (id !== undefined && !id.startsWith(`${code}-`)) {
    say('id', `found ${JSON.stringify(id)}; the id of a ${label} begins with ${code}-`);
  }
  const sharing = all.filter((other) => other.sensor !== sensor && 'pin' in other.sensor && other.sensor.pin === pin);
  if (id === undefined && sharing.length > 0) {
    say('id', `missing, though ${sharing[0].field} is on this wire too; the board's log lists the ids it finds`);
  }
  for (const { sensor: other, field } of others) {
    if ('id' in other && id !== undefined && other.id === id) say('id', `found ${JSON.stringify(id)}, as in ${field}`);
    if ('bus' in other && (other.sda === pin || other.scl === pin))
      say('pin', `found ${pin}, which is a pin of ${field}`);
  }
}
