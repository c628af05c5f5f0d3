/** Compares what was measured with scripts/budgets.json. */
import budgets from '../budgets.json' with { type: 'json' };
import type { CaseFigures } from './layouts.ts';

/** Describes each budget that the worst layout exceeds, without stalls of the flash. */
export function brokenBudgets(cases: readonly CaseFigures[]): string[] {
  return cases.flatMap(({ title, plain }) => {
    const own = budgets.handshakes.find((budget) => budget.title === title);
    if (own === undefined) throw new Error(`scripts/budgets.json has no handshake '${title}'`);
    const limit = { ...budgets, ...own };
    const checks: [what: string, value: number, limit: number][] = [
      ['first handshake, ms', plain.firstMs.most, limit.firstMs],
      ['second handshake, ms', plain.againMs.most, limit.againMs],
      ['handshake after a power cut, ms', plain.keptMs.most, limit.keptMs],
      ['first reading, ms', plain.firstReadingMs.most, limit.firstReadingMs],
      ['first reading after a power cut, ms', plain.keptReadingMs.most, limit.keptReadingMs],
      ['computing before the second dial, ms', plain.beforeDialMs.most, limit.beforeDialMs],
      ['computing for a reading, ms', plain.readingMs.most, limit.readingMs],
      ['longest turn, ms', plain.longestTurnMs.most, limit.longestTurnMs],
      ['heap after load, B', plain.heapLoaded.most, limit.heapLoadedBytes],
      ['heap peak, B', plain.heapPeak.most, limit.heapPeakBytes],
      ['program, B', plain.programBytes.most, limit.programBytes],
    ];
    return checks
      .filter(([, value, most]) => !(value <= most))
      .map(([what, value, most]) => `${title}: ${what}: ${Math.round(value)}, budget ${most}`);
  });
}
