import { kaluma } from './globals.ts';

/** A line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
}

/** Bytes of the JavaScript heap: in all, and the most that were ever in use. */
export function heap(): { total: number; peak: number } {
  const { heapTotal, heapPeak } = kaluma.process.memoryUsage();
  return { total: heapTotal, peak: heapPeak };
}

/** Calls back every `ms`, as long as the callback does not throw. */
export function every(ms: number, callback: () => void): void {
  kaluma.setInterval(callback, ms);
}
