/** The way on which an update comes: the updater talks through a channel, which knows the messages of that way. */
import type { CarefulOutlet } from '../publisher.ts';

/** The things that an updater can say. */
export type UpdaterSays =
  /** It asks for bytes of the file. */
  | { what: 'request'; offset: number; length: number }
  | { what: 'refused'; why: string }
  /** Nobody sends the bytes that it asks for. */
  | { what: 'no answer' }
  /** The update is complete, and will be on trial after a restart. */
  | { what: 'installed' };

export interface Channel {
  say(outlet: CarefulOutlet, said: UpdaterSays): void;
}
