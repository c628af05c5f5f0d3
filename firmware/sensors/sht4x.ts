/** Sensirion SHT40, SHT41, SHT45: datasheet "SHT4x", version 6, sections 4.3 to 4.6. ±0.1 to 0.2 °C, humidity ±1 to 1.8 %. */
import { i2cDevice } from '../kaluma/i2c.ts';
import { round } from '../reading.ts';
import type { I2cSensorSettings } from '../settings.ts';
import { crc8 } from './crc8.ts';
import { inRange, SensorError, type CreateSensor, type Measurement } from './sensor.ts';

/** Measures with the highest repeatability, which takes 8.3 ms. */
const MEASURE = 0xfd;
const DURATION = 10;

/** Two words, each with its CRC. @throws SensorError */
export function sht4xMeasurement(bytes: Uint8Array): Required<Pick<Measurement, 'celsius' | 'humidity'>> {
  const word = (at: number): number => {
    const crc = crc8(bytes.subarray(at, at + 2), 0xff);
    if (crc !== bytes[at + 2]) throw new SensorError(`expected CRC ${crc}, got ${bytes[at + 2]}`);
    return (bytes[at] << 8) | bytes[at + 1];
  };
  return {
    celsius: inRange((175 * word(0)) / 65_535 - 45, -40, 125, '°C'),
    // The formula goes a little beyond what there is (section 4.6).
    humidity: Math.max(0, Math.min((125 * word(3)) / 65_535 - 6, 100)),
  };
}

export const createSensor: CreateSensor = (settings) => {
  const { label, address, offsetCelsius } = settings as I2cSensorSettings;
  const device = i2cDevice(settings as I2cSensorSettings, address);
  return {
    name: label,
    start() {
      device.write(MEASURE);
      return DURATION;
    },
    read() {
      const { celsius, humidity } = sht4xMeasurement(device.read(6));
      return { celsius: round(celsius + offsetCelsius, 2), humidity: round(humidity, 1) };
    },
  };
};
