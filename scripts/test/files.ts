/** The test files, and which of them may run in one process. */
import { readdirSync, readFileSync } from 'node:fs';

/** Files in a process that several share: starting Node and tsx for each file took a third of the run. */
const FILES_A_PROCESS = 8;

/** A file that starts programs, changes its process or has hooks, which node:test would apply to all files, runs alone. */
const ALONE =
  /node:child_process|node:worker_threads|\/programs\.ts'|playwright-core|rigMissing|process\.(env|chdir|exit|std)|\b(before|after)(Each)?\b[^;]*from 'node:test'/;

/** Paths of all test files that contain `filter`, sorted. */
export function testFiles(filter = ''): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
    .sort();
}

/** Unit tests: they only compute. */
export function sharesProcess(file: string): boolean {
  return !ALONE.test(readFileSync(file, 'utf8'));
}

/** The files as processes run them: several in one first, since each of these takes long, and none should be left at the end. */
export function inProcesses(files: readonly string[]): string[][] {
  const shared = files.filter(sharesProcess);
  // Neighbours are alike, so they are dealt out like cards.
  const count = Math.ceil(shared.length / FILES_A_PROCESS);
  const processes = Array.from({ length: count }, (_, i) => shared.filter((_file, at) => at % count === i));
  for (const file of files) if (!shared.includes(file)) processes.push([file]);
  return processes;
}
