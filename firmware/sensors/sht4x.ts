/**
 * Sensirion SHT40, SHT41, SHT45: datasheet "SHT4x", version 6, sections 4.3 to 4.6. ±0.1 to 0.2 °C, humidity ±1 to
 * 1.8 %.
 */
import { crc8 } from './crc8.ts';
import { i2cSensor } from './i2cSensor.ts';
import { inRange, SensorError, type CreateSensor, type Measurement } from './sensor.ts';

const SERIAL_NUMBER = 0x89;
/** Measures with the highest repeatability, which takes 8.3 ms. */
const MEASURE = 0xfd;
const DURATION = 10;

/** Decodes two words of 16 bits, each followed by its CRC. @throws SensorError */
function words(bytes: Uint8Array): [number, number] {
  const word = (at: number): number => {
    const crc = crc8(bytes.subarray(at, at + 2), 0xff);
    if (crc !== bytes[at + 2]) throw new SensorError(`expected CRC ${crc}, got ${bytes[at + 2]}`);
    return (bytes[at] << 8) | bytes[at + 1];
  };
  return [word(0), word(3)];
}

/** @param bytes six of them @throws SensorError */
export function sht4xMeasurement(bytes: Uint8Array): Required<Pick<Measurement, 'celsius' | 'humidity'>> {
  const [temperature, humidity] = words(bytes);
  return {
    celsius: inRange((175 * temperature) / 65_535 - 45, -40, 125, '°C'),
    // The formula gives values slightly below 0 and above 100 (section 4.6).
    humidity: Math.max(0, Math.min((125 * humidity) / 65_535 - 6, 100)),
  };
}

export const createSensor: CreateSensor = (settings) =>
  i2cSensor(settings, {
    identify(device) {
      device.write(SERIAL_NUMBER);
      words(device.read(6));
    },
    start(device) {
      device.write(MEASURE);
      return DURATION;
    },
    read: (device) => sht4xMeasurement(device.read(6)),
  });
