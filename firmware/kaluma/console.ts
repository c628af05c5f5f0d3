import { kaluma } from './globals.ts';

/** A line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
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
