import { kaluma } from './globals.ts';

/** A line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
}

/** Bytes of the JavaScript heap: in all, now in use (garbage included), and the most that ever were. */
export function heap(): { total: number; used: number; peak: number } {
  const { heapTotal, heapUsed, heapPeak } = kaluma.process.memoryUsage();
  return { total: heapTotal, used: heapUsed, peak: heapPeak };
}

/** Calls back every `ms`, as long as the callback does not throw. */
export function every(ms: number, callback: () => void): void {
  kaluma.setInterval(callback, ms);
}
