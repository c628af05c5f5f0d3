/** Sensors for the simulated board. */
import type { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import type { I2cDevice } from '../../scripts/simulator/devices/i2c.ts';
import { Bme280, Mcp9808, Sht4x, Tmp117 } from '../../scripts/simulator/devices/sensors.ts';
import { Ds18b20 } from './ds18b20.ts';

export type PluggedSensor = 'tmp117' | 'mcp9808' | 'sht4x' | 'bme280' | 'ds18b20';

/** Plugs a sensor in. @returns what unplugs it (false), and plugs it in again (true) */
export function plugIn(board: SimulatedBoard, type: PluggedSensor): (plugged: boolean) => void {
  const { environment } = board;
  const attach = (address: number, device: I2cDevice) => (plugged: boolean) => {
    if (plugged) board.i2c.attach(0, address, device);
    else board.i2c.detach(0, address);
  };
  const models: Record<PluggedSensor, () => (plugged: boolean) => void> = {
    tmp117: () => attach(0x48, new Tmp117(environment)),
    mcp9808: () => attach(0x18, new Mcp9808(environment)),
    sht4x: () => attach(0x44, new Sht4x(environment, () => board.seconds * 1e6)),
    bme280: () => attach(0x76, new Bme280(environment)),
    ds18b20: () => (plugged: boolean) => {
      if (plugged) board.pins.attach(15, new Ds18b20(environment));
      else board.pins.detach(15);
    },
  };
  const plug = models[type]();
  plug(true);
  return plug;
}
