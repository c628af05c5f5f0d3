import { kaluma } from './globals.ts';

/** A line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
}

/** Bytes of the JavaScript heap: in all, in use (garbage included), and the most that ever were in use. */
export function heap(): { heapTotal: number; heapUsed: number; heapPeak: number } {
  return kaluma.process.memoryUsage();
}

/** Calls back every `ms`, as long as the callback does not throw. */
export function every(ms: number, callback: () => void): void {
  kaluma.setInterval(callback, ms);
}
