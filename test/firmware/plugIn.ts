/** Sensors for the simulated board. */
import { SENSORS, type SensorType, type SensorTypeOn } from '../../firmware/sensors/catalogue.ts';
import type { SensorConfig } from '../../scripts/config/schema.ts';
import { ONE_WIRE_MODELS, OneWireBus } from '../../scripts/simulator/devices/oneWire.ts';
import { I2C_MODELS } from '../../scripts/simulator/devices/sensors.ts';
import type { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';

export type PluggedSensor = Exclude<SensorType, SensorTypeOn<'chip'>>;

/** Plugs a sensor in where the config has it. @returns what unplugs it (false), and plugs it in again (true) */
export function plugIn(board: SimulatedBoard, sensor: SensorConfig): (plugged: boolean) => void {
  const { environment } = board;
  const now = (): number => board.seconds * 1e6;
  let plug: (plugged: boolean) => void = () => undefined;
  if ('bus' in sensor) {
    const { bus, address = SENSORS[sensor.type].addresses[0] } = sensor;
    const device = I2C_MODELS[sensor.type](environment, now);
    plug = (plugged) => {
      if (plugged) board.i2c.attach(bus, address, device);
      else board.i2c.detach(bus, address);
    };
  } else if ('pin' in sensor) {
    const wire = new OneWireBus();
    const chip = ONE_WIRE_MODELS[sensor.type](environment, now);
    board.pins.attach(sensor.pin, wire);
    plug = (plugged) => {
      if (plugged) wire.chips.add(chip);
      else wire.chips.delete(chip);
    };
  }
  plug(true);
  return plug;
}
