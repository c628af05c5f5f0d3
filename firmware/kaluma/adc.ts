import { kaluma } from './globals.ts';

/** An analog input as a part of the reference, 0 to 4095/4096; blocks 1 ms. @param pin 26 to 28, 30: the chip's sensor */
export function readAdc(pin: number): number {
  return kaluma.analogRead(pin);
}
