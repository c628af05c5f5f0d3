/** node:test's events, as far as `npm test` shows them, one JSON text a line behind a mark: tests may print as well. */
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

export const MARK = '\u0002';

/** The outcome of a test; a suite is none. */
export interface Outcome {
  name: string;
  file: string;
  /** ms */
  duration: number;
  outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or how it failed. */
  detail: string;
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { name, file, skip, todo, details } = event.data;
    const failed = event.type === 'test:fail' && todo === undefined;
    // A suite fails by itself only where one of its hooks does; its tests are told one by one.
    const error = failed ? (details as { error?: Error & { failureType?: string } }).error : undefined;
    const isSuite = details.type === 'suite';
    if (isSuite && error?.failureType !== 'hookFailed' && skip === undefined) continue;
    const outcome: Outcome = {
      name,
      file: file ?? '',
      duration: details.duration_ms,
      outcome: failed ? 'failed' : skip === undefined ? 'passed' : 'skipped',
      detail: failed ? told(error) : typeof skip === 'string' ? skip : '',
    };
    yield `${MARK}${JSON.stringify(outcome)}\n`;
  }
}

function told(error: (Error & { cause?: unknown }) | undefined): string {
  const cause = error?.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}
