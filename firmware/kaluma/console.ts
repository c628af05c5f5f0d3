import { kaluma } from './globals.ts';

/** A line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
}

/** Calls back every `ms`, as long as the callback does not throw. */
export function every(ms: number, callback: () => void): void {
  kaluma.setInterval(callback, ms);
}
