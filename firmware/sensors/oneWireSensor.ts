/**
 * The common part of sensors on one wire: Maxim DS18B20, datasheet 19-7487, and related chips. A sensor with an id is
 * addressed by it and may share the wire with others; a sensor without one must be alone on it. They need a power supply.
 */
import { NoAnswerError } from '../kaluma/noAnswer.ts';
import { oneWire } from '../kaluma/oneWire.ts';
import type { OneWireSensorSettings, SensorSettings } from '../settings.ts';
import { crc8Reflected } from './crc8.ts';
import { explainOneWire } from './oneWireSearch.ts';
import { calibrated, SensorError, type Sensor } from './sensor.ts';

const READ_ROM = 0x33;
const MATCH_ROM = 0x55;
const SKIP_ROM = 0xcc;
const CONVERT = 0x44;
const READ_SCRATCHPAD = 0xbe;
/** ms for a conversion of 12 bits. */
const DURATION = 760;

/** @param celsius decodes a scratchpad of 9 bytes with a right CRC; throws SensorError */
export function oneWireSensor(all: SensorSettings, celsius: (scratchpad: Uint8Array) => number): Sensor {
  const settings = all as OneWireSensorSettings;
  const { label, pin, rom, family, offsetCelsius } = settings;
  const wire = oneWire(pin);
  const reset = (): void => {
    if (!wire.reset()) throw new NoAnswerError(`nobody on GP${pin}`);
  };
  const command = (code: number): void => {
    reset();
    if (rom === undefined) wire.write(SKIP_ROM, code);
    else wire.write(MATCH_ROM, ...rom, code);
  };
  const readScratchpad = (): Uint8Array => {
    command(READ_SCRATCHPAD);
    return checked(wire.read(9));
  };
  return {
    name: label,
    identify() {
      if (rom !== undefined) {
        // Only the chip with this id answers.
        readScratchpad();
        return;
      }
      reset();
      wire.write(READ_ROM);
      const [found] = checked(wire.read(8));
      if (found !== family) {
        throw new SensorError(`expected family code ${family.toString(16)}, got ${found.toString(16)}`);
      }
    },
    start() {
      command(CONVERT);
      return DURATION;
    },
    read: () => calibrated({ celsius: celsius(readScratchpad()) }, offsetCelsius),
    survey: () => explainOneWire(settings, null),
    explain: (error) => explainOneWire(settings, error),
  };
}

/**
 * @param bytes that end with their CRC
 * @throws SensorError
 */
export function checked(bytes: Uint8Array): Uint8Array {
  // A line that is always low reads as zeros, for which the CRC is right.
  if (crc8Reflected(bytes) !== 0 || bytes.every((byte) => byte === 0)) throw new SensorError('wrong CRC');
  return bytes;
}
