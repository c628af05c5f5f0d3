/** When the server's chain is read from flash, and when it is stored there: `keptChain.ts` knows its file. */
import type { ChainCache, KeptChain } from '../src/index.ts';
import type { Files } from './kaluma/files.ts';
import { type ChainPurpose, keptChain } from './keptChain.ts';
import type { Log } from './log.ts';

export interface ChainStore {
  /** Takes the chain of an earlier boot into the cache, the first time. */
  load(): void;
  /** Stores the chain that was just verified, unless it lies there. */
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
