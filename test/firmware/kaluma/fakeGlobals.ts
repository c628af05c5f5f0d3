/** Puts stand-ins for Kaluma's globals into this realm for the time of a test. */
import { after, before } from 'node:test';

export function withGlobals(globals: Record<string, unknown>): void {
  before(() => {
    for (const [name, value] of Object.entries(globals)) {
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  });
  after(() => {
    for (const name of Object.keys(globals)) Reflect.deleteProperty(globalThis, name);
  });
}
