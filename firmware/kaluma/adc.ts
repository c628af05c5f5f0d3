import { kaluma } from './globals.ts';

/**
 * Reads an analog input as a fraction of the reference, 0 to 4095/4096; blocks 1 ms.
 * @param pin 26 to 28, or 30 for the chip's sensor
 */
export function readAdc(pin: number): number {
  return kaluma.analogRead(pin);
}
