/** Counts the checks by their results, in words. */
import type { Check } from '../checks.ts';

export function checkSummary(checks: readonly Check[]): string {
  const right = checks.filter(({ isRight }) => isRight === true).length;
  const wrong = checks.filter(({ isRight }) => isRight === false).length;
  const unknown = checks.length - right - wrong;
  const parts = [`${right} right`];
  if (wrong > 0) parts.push(`${wrong} wrong`);
  if (unknown > 0) parts.push(`${unknown} that take withheld secrets`);
  return parts.join(', ');
}
