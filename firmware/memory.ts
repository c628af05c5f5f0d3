/** Carries out the memory plan. */
import type { Steps } from '../src/index.ts';
import { type PartName, type Phase, type PhasePlan, plansOf } from './memoryPlan.ts';

export interface Memory {
  /** Does what the plan says for the beginning of a phase; yields after each part that it loads. */
  enter(phase: Phase, key?: PhasePlan['key']): Steps<void>;
  /**
   * Collects garbage if much of the heap is in use; called between two turns. The engine itself does so only when a
   * sixteenth of all objects is new. Nothing is collected while holes are filled, because then a curve is computing, and
   * a collection would slow it down.
   */
  tidy(): void;
}

/** Bytes in use, garbage included, above which a collection may help. */
const MUCH = 140_000;
/** Bytes of garbage that make a collection worthwhile: where it frees little, it only leaves holes. */
const WORTH = 4000;
/** Bytes that should never be in use: towards them, less garbage makes a collection worthwhile. */
const FULL = 165_000;

/** The operations that a plan consists of. */
export interface MemoryTools {
  load: (part: PartName) => void;
  release: (part: PartName) => void;
  collectGarbage: () => void;
  /** @returns objects that fill the holes for as long as they are referenced */
  fillHoles: () => unknown[];
  /** Bytes of the heap that are in use. */
  used: () => number;
}

export function createMemory({ load, release, collectGarbage, fillHoles, used }: MemoryTools): Memory {
  let filling: unknown[] = [];
  /** Bytes in use after the last collection of `tidy()`, or later, if fewer were. */
  let kept = 0;
  return {
    *enter(phase, key) {
      filling.length = 0;
      for (const plan of plansOf(phase)) {
        if (plan.key !== undefined && plan.key !== key) continue;
        for (const part of plan.release ?? []) release(part);
        if (plan.collect === true) collectGarbage();
        for (const part of plan.load ?? []) {
          load(part);
          yield;
        }
        if (plan.fill === true) filling = fillHoles();
      }
    },
    tidy() {
      if (filling.length > 0) return;
      const bytes = used();
      if (bytes >= Math.max(MUCH, kept + Math.min(WORTH, (FULL - kept) >> 2))) {
        collectGarbage();
        kept = used();
      } else if (bytes < kept) kept = bytes;
    },
  };
}
