/** The facts that the bootstrap (`firmware/bootstrap.ts`) tells the program that it loads. */
import type { Boot } from './typings.ts';
import { kaluma } from './globals.ts';

/** @throws Error if the program was not loaded by a bootstrap */
export function bootedWith(): Boot {
  if (kaluma.boot === undefined) throw new Error('no bootstrap: npm run flash writes it');
  return kaluma.boot;
}
