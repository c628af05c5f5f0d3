/** One idea of the tour. */
import type { Check } from '../../checks.ts';

export interface Step {
  title: string;
  /** The chapter that it belongs to. */
  chapter: string;
  /** Paragraphs, as `prose()` takes them. */
  prose: readonly string[];
  /** A list behind them. */
  points?: readonly string[];
  /** Something to look at, or to play with. */
  figure?: () => HTMLElement;
  /** Paragraphs behind the figure. */
  after?: readonly string[];
  /** The harm without the idea; messages have a text of their own for that (`prose.ts`). */
  without?: string;
  /** Messages whose bytes belong here: who sent them, and their names. */
  messages?: readonly ['in' | 'out', string][];
  /** Ids of workings, or their beginnings. */
  workings?: readonly string[];
  /** The one that is shown at once, where there are many; the others take a click. */
  firstWorking?: () => string | null;
  checks?: (check: Check) => boolean;
  /** Ids of ready-made attacks. */
  attacks?: readonly string[];
}
