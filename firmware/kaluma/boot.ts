/** What the bootstrap (`firmware/bootstrap.ts`) told the program that it loaded. */
import type { Boot } from './typings.ts';
import { kaluma } from './globals.ts';

export function bootedWith(): Boot {
  return kaluma.boot ?? { sector: 0, settings: 0 };
}
