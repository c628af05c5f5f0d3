/** Loads the server's chain from flash once, and stores a chain there that was newly verified. `keptChain.ts` has the file's format. */
import type { ChainCache, KeptChain } from '../src/index.ts';
import type { Files } from './kaluma/files.ts';
import { type ChainPurpose, keptChain } from './keptChain.ts';
import type { Log } from './log.ts';

export interface ChainStore {
  /** Puts the chain that an earlier boot has stored into the cache. Only the first call does anything. */
  load(): void;
  /** Stores the chain that the cache holds, unless flash has it already. */
  store(): void;
}

export function createChainStore(files: Files, purpose: ChainPurpose, cache: ChainCache, log: Log): ChainStore {
  /** The chain in flash; undefined until it was read. */
  let stored: KeptChain | null | undefined;
  return {
    load() {
      if (stored !== undefined) return;
      stored = keptChain(files, purpose);
      if (stored !== null) cache.keep(stored);
    },
    store() {
      const chain = cache.kept();
      if (chain === null || chain.server === stored?.server) return;
      stored = chain;
      try {
        keptChain(files, purpose, chain);
      } catch (error) {
        log('ERROR', 'board', `flash: ${(error as Error).message}; the next boot verifies the server's chain again`);
      }
    },
  };
}
