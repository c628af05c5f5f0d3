/** The common part of all sensors on I2C: it asks the chip for its identity, and adds the offset to its measurements. */
import { i2cDevice, type I2cDevice } from '../kaluma/i2c.ts';
import type { I2cSensorSettings, SensorSettings } from '../settings.ts';
import { expectIds } from './i2cIds.ts';
import { explainI2c } from './i2cSearch.ts';
import { calibrated, type Measurement, type Sensor } from './sensor.ts';

/** The part of a driver that depends on the kind of chip. All functions throw what those of `Sensor` throw. */
export interface I2cChip {
  /** Asks a chip for its identity whose entry in the catalogue has no ids. @throws SensorError if it is another chip */
  identify?(device: I2cDevice): void;
  /** Starts a measurement; absent if the chip measures continuously. @returns ms until `read()` may be called */
  start?(device: I2cDevice): number;
  read(device: I2cDevice): Measurement;
}

export function i2cSensor(all: SensorSettings, chip: I2cChip): Sensor {
  const settings = all as I2cSensorSettings;
  const device = i2cDevice(settings, settings.address);
  const identify = (at: I2cDevice): void => {
    if (chip.identify === undefined) expectIds(at, settings.ids);
    else chip.identify(at);
  };
  return {
    name: settings.label,
    identify: () => identify(device),
    start: () => (chip.start === undefined ? 0 : chip.start(device)),
    read: () => calibrated(chip.read(device), settings.offsetCelsius),
    explain: (error) => explainI2c(settings, identify, error),
  };
}
