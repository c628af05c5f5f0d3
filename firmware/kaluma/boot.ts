/** What the bootstrap (`firmware/bootstrap.ts`) told the program that it loaded. */
import type { Boot } from './typings.ts';
import { kaluma } from './globals.ts';

/** @throws Error if nothing loaded this program */
export function bootedWith(): Boot {
  if (kaluma.boot === undefined) throw new Error('no bootstrap: npm run flash writes it');
  return kaluma.boot;
}
