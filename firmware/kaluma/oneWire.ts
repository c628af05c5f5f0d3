/**
 * Time slots of a one-wire bus (DS18B20 datasheet, "1-Wire bus system"). JavaScript is a hundred times too slow for them,
 * but Kaluma times pulses in C. A byte is written as one train of pulses. A bit is read by sending a short pulse and
 * measuring how long the sensor keeps the line low.
 */
import { kaluma } from './globals.ts';

/** µs. A reset takes 480 at least and a 0 keeps the line low for 60, but Kaluma's pulses are up to a microsecond too short. */
const RESET = 490;
const PRESENCE_TIMEOUT = 1000;
/** µs low, then µs high, for a bit of 1 and of 0. */
const ONE = [6, 64];
const ZERO = [63, 10];
const READ = 3;
/** µs; a slot takes at least 60. */
const READ_TIMEOUT = 60;

export interface OneWire {
  /** @returns whether a device is present */
  reset(): boolean;
  write(...bytes: number[]): void;
  read(length: number): Uint8Array;
  writeBit(bit: number): void;
  readBit(): number;
}

export function oneWire(pin: number): OneWire {
  const { INPUT_PULLUP, OUTPUT, LOW } = kaluma;
  /** Pulls the line low for `low` µs, releases it, and returns the durations of the levels that follow. */
  const pulse = (low: number, count: number, timeout: number): number[] =>
    kaluma.pulseRead(pin, count, { timeout, mode: INPUT_PULLUP, trigger: { pin, startState: LOW, interval: [low] } }) ??
    [];
  // The sensor holds the line low for some 30 µs to send a 0, and does nothing to send a 1.
  const readBit = (): number => (pulse(READ, 1, READ_TIMEOUT).length === 0 ? 1 : 0);

  return {
    readBit,
    writeBit(bit) {
      // Writing a 1 looks the same as reading: the line is low for a moment. After a 0 it stays high.
      pulse(bit === 1 ? ONE[0] : ZERO[0], 1, bit === 1 ? ONE[1] : ZERO[1]);
    },
    reset() {
      // The line is high for 15 to 60 µs, then the sensor pulls it low for 60 to 240.
      const [, presence = 0] = pulse(RESET, 2, PRESENCE_TIMEOUT);
      return presence >= 50;
    },
    write(...bytes) {
      kaluma.pinMode(pin, OUTPUT);
      for (const byte of bytes) {
        const train: number[] = [];
        for (let bit = 0; bit < 8; bit++) train.push(...((byte >> bit) & 1 ? ONE : ZERO));
        // The last duration, the pause before the next slot, is left out, so that the line ends high.
        kaluma.pulseWrite(pin, LOW, train.slice(0, -1));
      }
    },
    read(length) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < 8 * length; i++) {
        if (readBit() === 1) bytes[i >> 3] |= 1 << (i & 7);
      }
      return bytes;
    },
  };
}
