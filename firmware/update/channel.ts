/** Where an update comes from: what the updater has to say goes through a channel, which knows the messages for it. */
import type { CarefulOutlet } from '../publisher.ts';

/** What an updater has to say. */
export type UpdaterSays =
  /** It wants bytes of the file. */
  | { what: 'request'; offset: number; length: number }
  | { what: 'refused'; why: string }
  /** Nobody gives it what it asks for. */
  | { what: 'no answer' }
  /** The update is whole, and on trial after a restart. */
  | { what: 'installed' };

export interface Channel {
  /** Most bytes of a block. The first one, the header, has 1,024 in any case. */
  block: number;
  say(outlet: CarefulOutlet, said: UpdaterSays): void;
}
