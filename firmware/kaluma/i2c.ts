/** A device on an I2C bus. Every transfer has a time limit, and a bus that hangs is freed. */
import { kaluma } from './globals.ts';
import { NoAnswerError } from './noAnswer.ts';
import type { I2c } from './typings.ts';

/** ms that a transfer may take. Below 256, because Kaluma takes the limit of a read modulo 256. */
const TIMEOUT = 100;

/** A bus and its pins. */
export interface I2cPins {
  bus: 0 | 1;
  sda: number;
  scl: number;
}

export interface I2cDevice {
  /** @throws NoAnswerError if no device acknowledges */
  write(...bytes: number[]): void;
  /** @throws NoAnswerError if no device acknowledges */
  read(length: number): Uint8Array;
}

/** The open buses. Kaluma opens a bus only once, even with several devices on it. */
const ports: (I2c | null)[] = [null, null];

/** Opens the bus at the first transfer. */
export function i2cDevice({ bus, sda, scl }: I2cPins, address: number): I2cDevice {
  const transfer = <T>(action: (port: I2c) => T): T => {
    try {
      const port = (ports[bus] ??= new (kaluma.require('i2c').I2C)(bus, { sda, scl }));
      return action(port);
    } catch {
      // Clocks the bus: a device that was interrupted in the middle of a byte holds SDA until it has sent all of it.
      ports[bus]?.close();
      ports[bus] = null;
      kaluma.pinMode(scl, kaluma.OUTPUT);
      kaluma.pulseWrite(scl, kaluma.LOW, new Array<number>(19).fill(5));
      throw new NoAnswerError(`no answer from 0x${address.toString(16)} on I2C`);
    }
  };

  return {
    write(...bytes) {
      transfer((open) => open.write(Uint8Array.from(bytes), address, TIMEOUT));
    },
    // Not memRead(): it begins with a write that waits for ever if a device holds the clock.
    read: (length) => transfer((open) => open.read(length, address, TIMEOUT)),
  };
}
