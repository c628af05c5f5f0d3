/** Carries the memory plan out. */
import type { Steps } from '../src/index.ts';
import { type PartName, type Phase, type PhasePlan, PLAN } from './memoryPlan.ts';

export interface Memory {
  /** Does what the plan has for the beginning of a phase, a part that is to be loaded each slice. */
  enter(phase: Phase, key?: PhasePlan['key']): Steps<void>;
  /**
   * Collects garbage if much of the heap is in use; called between two turns. The engine by itself lets garbage lie until a
   * sixteenth of all objects is new. While holes are filled a curve is at work, which a collection would slow down.
   */
  tidy(): void;
}

/** Bytes in use, garbage included. */
const MUCH = 140_000;
/** Bytes of garbage that are worth a collection: where little can be freed, it only leaves holes. */
const WORTH = 6000;

/** What a plan is carried out with. */
export interface MemoryTools {
  load: (part: PartName) => void;
  release: (part: PartName) => void;
  collectGarbage: () => void;
  /** @returns what fills the holes for as long as it is kept */
  fillHoles: () => unknown[];
  /** Bytes of the heap in use. */
  used: () => number;
}

export function createMemory({ load, release, collectGarbage, fillHoles, used }: MemoryTools): Memory {
  let filling: unknown[] = [];
  /** Bytes in use behind the last collection of `tidy()`. */
  let kept = 0;
  return {
    *enter(phase, key) {
      filling.length = 0;
      for (const plan of PLAN) {
        if (plan.phase !== phase || (plan.key !== undefined && plan.key !== key)) continue;
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
      if (filling.length > 0 || used() < Math.max(MUCH, kept + WORTH)) return;
      collectGarbage();
      kept = used();
    },
  };
}
