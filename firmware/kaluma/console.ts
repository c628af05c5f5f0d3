import { kaluma } from './globals.ts';

/** A line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
}

/** Bytes of the JavaScript heap: in all, in use (garbage included), and the most that ever were in use. */
export function heap(): { heapTotal: number; heapUsed: number; heapPeak: number } {
  return kaluma.process.memoryUsage();
}

/** Calls back every `ms`. @param onError gets what the callback throws: for Kaluma that would be the end of the timer */
export function every(ms: number, callback: () => void, onError: (error: Error) => void): void {
  kaluma.setInterval(() => {
    try {
      callback();
    } catch (error) {
      onError(error as Error);
    }
  }, ms);
}
