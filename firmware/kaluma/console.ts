import { kaluma } from './globals.ts';

/** Prints a line on the serial port. */
export function printLine(line: string): void {
  kaluma.console.log(line);
}

/**
 * Calls back every `ms`.
 * @param onError receives what the callback throws, because an exception would end Kaluma's timer
 */
export function every(ms: number, callback: () => void, onError: (error: Error) => void): void {
  kaluma.setInterval(() => {
    try {
      callback();
    } catch (error) {
      onError(error as Error);
    }
  }, ms);
}

/**
 * Calls back once, before Kaluma looks at the network again: a turn of its loop runs timers, then jobs of promises, then the
 * network.
 */
export function soon(callback: () => void, onError: (error: Error) => void): void {
  void Promise.resolve().then(callback).catch(onError);
}
