/** Maxim DS18B20, alone on its wire and with a supply of its own: datasheet 19-7487. ±0.5 °C. */
import { NoAnswerError } from '../kaluma/noAnswer.ts';
import { oneWire } from '../kaluma/oneWire.ts';
import { round } from '../reading.ts';
import type { OneWireSensorSettings } from '../settings.ts';
import { crc8Reflected } from './crc8.ts';
import { inRange, SensorError, type CreateSensor } from './sensor.ts';

const SKIP_ROM = 0xcc;
const CONVERT = 0x44;
const READ_SCRATCHPAD = 0xbe;
/** ms for 12 bits. */
const DURATION = 760;
/** What stands there before the first conversion, as if it were 85 °C. */
const POWER_ON = 0x0550;

/** @param scratchpad 9 bytes, the last a CRC. @throws SensorError */
export function ds18b20Celsius(scratchpad: Uint8Array): number {
  // A line that is always low gives nine zeros, whose CRC is right.
  if (crc8Reflected(scratchpad) !== 0 || scratchpad[4] === 0) throw new SensorError('expected another CRC');
  const raw = ((scratchpad[1] << 24) >> 16) | scratchpad[0];
  if (raw === POWER_ON) throw new SensorError('85 °C is what it says at power-on');
  return inRange(raw / 16, -55, 125, '°C');
}

export const createSensor: CreateSensor = (settings) => {
  const { label, pin, offsetCelsius } = settings as OneWireSensorSettings;
  const wire = oneWire(pin);
  const command = (code: number): void => {
    if (!wire.reset()) throw new NoAnswerError(`nobody on GP${pin}`);
    wire.write(SKIP_ROM, code);
  };
  return {
    name: label,
    start() {
      command(CONVERT);
      return DURATION;
    },
    read() {
      command(READ_SCRATCHPAD);
      return { celsius: round(ds18b20Celsius(wire.read(9)) + offsetCelsius, 2) };
    },
  };
};
