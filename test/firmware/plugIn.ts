/** Sensors for the simulated board. */
import { SENSORS, type SensorType, type SensorTypeOn } from '../../firmware/sensors/catalogue.ts';
import type { BoardSensor } from '../../scripts/config/sensors.ts';
import { ONE_WIRE_MODELS, OneWireBus } from '../../scripts/simulator/devices/oneWire.ts';
import { I2C_MODELS, type Environment } from '../../scripts/simulator/devices/sensors.ts';
import type { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';

export type PluggedSensor = Exclude<SensorType, SensorTypeOn<'chip'>>;

/**
 * Plugs sensors in where the config has them.
 * @param environments of the sensors that do not measure the board's
 * @returns what unplugs the sensor of an index (false), and plugs it in again (true)
 */
export function plugIn(
  board: SimulatedBoard,
  sensors: BoardSensor[],
  environments: (Environment | undefined)[] = [],
): (plugged: boolean, index?: number) => void {
  const now = (): number => board.seconds * 1e6;
  const wires = new Map<number, OneWireBus>();
  const plugs = sensors.map(({ sensor }, i): ((plugged: boolean) => void) => {
    const environment = environments[i] ?? board.environment;
    if ('bus' in sensor) {
      const { bus, address = SENSORS[sensor.type].addresses[0] } = sensor;
      const device = I2C_MODELS[sensor.type](environment, now);
      return (plugged) => {
        if (plugged) board.i2c.attach(bus, address, device);
        else board.i2c.detach(bus, address);
      };
    }
    if (!('pin' in sensor)) return () => undefined;
    const wire = wires.get(sensor.pin) ?? new OneWireBus();
    wires.set(sensor.pin, wire);
    board.pins.attach(sensor.pin, wire);
    const chip = ONE_WIRE_MODELS[sensor.type](environment, now, sensor.id?.slice(3));
    return (plugged) => {
      if (plugged) wire.chips.add(chip);
      else wire.chips.delete(chip);
    };
  });
  for (const plug of plugs) plug(true);
  return (plugged, index = 0) => plugs[index](plugged);
}
