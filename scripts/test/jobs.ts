/** Runs checks and tests as processes, some at a time, and says how far they are and how they went. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Console } from '../lib/console.ts';
import { MARK, type Outcome } from './reporter.ts';

/** A process to run. */
export interface Job {
  label: string;
  /** Arguments of Node. */
  args: readonly string[];
  /** Whether it runs tests. Then at least one must be told by `reporter.ts`. */
  hasTests: boolean;
}

/** ms between two lines that say how far the run is. */
const PROGRESS_INTERVAL = 4000;

/** ms without a further outcome after which a process with a failed test is ended: the test may have left a server open. */
const PATIENCE = 120_000;

/** Processes that the summary names as the slowest. */
const SLOWEST = 8;

/** Jobs, in their order, and how many of them run at a time; when they are over, as many others do. */
export interface Lane {
  jobs: readonly Job[];
  workers: number;
}

/** @returns whether all jobs and tests passed */
export async function runAll(lanes: readonly Lane[], console: Console): Promise<boolean> {
  const began = performance.now();
  const seconds = (): number => Math.round((performance.now() - began) / 1000);
  const failures: string[] = [];
  const skips = new Map<string, number>();
  let passed = 0;
  let skipped = 0;
  let done = 0;

  const fail = (what: string, detail: string): void => {
    const text = `FAILED ${what}\n${detail.trimEnd().replace(/^/gm, '    ')}`;
    failures.push(text);
    console.line(text);
  };
  // See test/support/shared.ts.
  const shared = mkdtempSync(join(tmpdir(), 'pico-kitchen-tests-'));
  const env = { ...process.env, TEST_SHARED: shared };
  const took: { label: string; seconds: number }[] = [];
  const runJob = async ({ label, args, hasTests }: Job): Promise<void> => {
    const start = seconds();
    let told = 0;
    let failed = 0;
    const { ending, output } = await runProcess(args, env, ({ name, file, outcome, detail }) => {
      told += 1;
      if (outcome === 'passed') passed += 1;
      if (outcome === 'skipped') {
        skipped += 1;
        skips.set(detail, (skips.get(detail) ?? 0) + 1);
      }
      if (outcome === 'failed') {
        failed += 1;
        fail(`${file}: ${name}`, detail);
      }
    });
    done += 1;
    took.push({ label, seconds: seconds() - start });
    if (ending !== '' && failed === 0) fail(`${label}: ${ending}`, output);
    else if (hasTests && told === 0) fail(`${label}: no test ran`, output);
  };

  const queues = lanes.map(({ jobs }) => [...jobs]);
  const count = queues.flat().length;
  const workers = lanes.reduce((sum, lane) => sum + lane.workers, 0);
  console.line(`${count} processes of checks and tests, ${workers} at a time`);
  const progress = setInterval(() => {
    console.line(`  ${seconds()} s: ${done} of ${count} done, ${passed} tests passed`);
  }, PROGRESS_INTERVAL);
  const work = async (own: Job[]): Promise<void> => {
    const next = (): Job | undefined => (own.length > 0 ? own : queues.find((queue) => queue.length > 0))?.shift();
    for (let job = next(); job !== undefined; job = next()) await runJob(job);
  };
  try {
    await Promise.all(lanes.flatMap((lane, i) => Array.from({ length: lane.workers }, () => work(queues[i]))));
  } finally {
    rmSync(shared, { recursive: true, force: true });
  }
  clearInterval(progress);

  if (failures.length > 0) console.line(`\n${failures.join('\n')}\n`);
  for (const [reason, count] of [...skips].sort(([, a], [, b]) => b - a)) console.line(`  ${count} skipped: ${reason}`);
  const slowest = took.sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST);
  console.line(`  the slowest: ${slowest.map((job) => `${job.label} ${job.seconds} s`).join(', ')}`);
  console.line(`done in ${seconds()} s`);
  console.line(`${passed} passed, ${failures.length} failed, ${skipped} skipped`);
  return failures.length === 0;
}

/**
 * @param onOutcome is told how each test went
 * @returns how the process ended, empty if well, and all else that it printed
 */
function runProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onOutcome: (outcome: Outcome) => void,
): Promise<{ ending: string; output: string }> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let hasFailed = false;
  let impatience: NodeJS.Timeout | undefined;
  const onLine = (line: string): void => {
    const at = line.indexOf(MARK);
    if (at < 0) {
      output += `${line}\n`;
      return;
    }
    const outcome = JSON.parse(line.slice(at + MARK.length)) as Outcome;
    hasFailed ||= outcome.outcome === 'failed';
    clearTimeout(impatience);
    if (hasFailed) impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    onOutcome(outcome);
  };
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', onLine);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(impatience);
      resolve({ ending: code === 0 ? '' : (signal ?? `exit ${code}`), output });
    });
  });
}
