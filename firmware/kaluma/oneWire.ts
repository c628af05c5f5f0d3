/**
 * Slots of a one-wire bus (DS18B20 datasheet, "1-Wire bus system"). JavaScript is a hundred times too slow for them, but
 * Kaluma times pulses in C: what is written is one train of pulses a byte; a bit is read by a short pulse and the length
 * of what the sensor makes of it.
 */
import { kaluma } from './globals.ts';

/** µs. */
const RESET = 480;
const PRESENCE_TIMEOUT = 1000;
/** Low, and high behind it: bits 1 and 0. Both make a slot of 70 µs. */
const ONE = [6, 64];
const ZERO = [60, 10];
const READ = 3;
/** A slot lasts 60 µs at least. */
const READ_TIMEOUT = 60;

export interface OneWire {
  /** @returns whether somebody is there */
  reset(): boolean;
  write(...bytes: number[]): void;
  read(length: number): Uint8Array;
  writeBit(bit: number): void;
  readBit(): number;
}

export function oneWire(pin: number): OneWire {
  const { INPUT_PULLUP, OUTPUT, LOW } = kaluma;
  /** Pulls the line low, releases it, and returns the lengths of the levels that follow. */
  const pulse = (low: number, count: number, timeout: number): number[] =>
    kaluma.pulseRead(pin, count, { timeout, mode: INPUT_PULLUP, trigger: { pin, startState: LOW, interval: [low] } }) ??
    [];
  // A 0 is held low for some 30 µs; at a 1 nothing follows.
  const readBit = (): number => (pulse(READ, 1, READ_TIMEOUT).length === 0 ? 1 : 0);

  return {
    readBit,
    writeBit(bit) {
      // To write a 1 is to read: the line is low for a moment. After a 0 it stays high.
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
        // Without the last, which is the pause before the next slot: so the line ends high.
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
