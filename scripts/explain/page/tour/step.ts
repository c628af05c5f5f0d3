/** One idea of the tour. */
import type { Check } from '../../checks.ts';

export interface Step {
  title: string;
  /** The chapter that it belongs to. */
  chapter: string;
  /** Paragraphs, as `prose()` takes them. */
  prose: readonly string[];
  /** What would go wrong without it. */
  without?: string;
  /** Something to look at, or to play with. */
  figure?: () => HTMLElement;
  /** Messages whose bytes belong here: who sent them, and their names. */
  messages?: readonly ['in' | 'out', string][];
  /** Ids of workings, or their beginnings. */
  workings?: readonly string[];
  checks?: (check: Check) => boolean;
  /** Ids of ready-made attacks. */
  attacks?: readonly string[];
}
