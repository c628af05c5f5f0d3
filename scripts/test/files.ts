/** The test files, and which of them may run in one process. */
import { readdirSync, readFileSync } from 'node:fs';

/** Files in a process that several share: starting Node, and loading what all of them use, takes half a second of computing. */
const FILES_A_PROCESS = 8;

/** A file that starts programs mostly waits, so it has a process of its own. */
const STARTS_PROGRAMS =
  /node:child_process|node:worker_threads|\/programs\.ts'|\/command\.ts'|\/watching\.ts'|playwright-core/;
/** node:test would apply these hooks to all files of the process, and such changes would concern all of them. */
const CONCERNS_OTHERS =
  /\b(before|beforeEach|afterEach)\b[^;]*from 'node:test'|process\.(chdir|exit|std)|process\.env[^;\n]* = |delete process\.env/;
/** Emulated boards keep a gigabyte each. */
const EMULATES = /rigMissing/;
/** A board whose heap is watched collects all garbage of the process at many of its turns. */
const COLLECTS = /watchHeap/;

/** Tests that simulate boards, dial servers or fuzz take long. */
const TAKES_LONG =
  /\/kitchen\.ts'|simulatedBoard|endpoint\/|node:(net|tls|http)'|\/tapes\.ts'|\/budget\.ts'|linker\/link\.ts'/;

/** Paths of all test files that contain `filter`, sorted. */
export function testFiles(filter = ''): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
    .sort();
}

/** Unit tests: they compute, and not for long. */
export function isUnitTest(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  return sharesProcess(text) && !TAKES_LONG.test(text);
}

/** @param text of a test file */
function sharesProcess(text: string): boolean {
  if (process.env.RIG !== undefined && EMULATES.test(text)) return false;
  return ![STARTS_PROGRAMS, CONCERNS_OTHERS, COLLECTS].some((pattern) => pattern.test(text));
}

/**
 * The files as processes run them. Those with several files compute, and most of the others wait, so they alternate; the
 * former are over first, since each takes long.
 */
export function inProcesses(files: readonly string[]): string[][] {
  const shared = files.filter((file) => sharesProcess(readFileSync(file, 'utf8')));
  // Neighbours are alike, so they are dealt out like cards.
  const count = Math.ceil(shared.length / FILES_A_PROCESS);
  const several = Array.from({ length: count }, (_, i) => shared.filter((_file, at) => at % count === i));
  const single = files.filter((file) => !shared.includes(file)).map((file) => [file]);
  const alternating = several.flatMap((group, i) => (i < single.length ? [group, single[i]] : [group]));
  return [...alternating, ...single.slice(several.length)];
}
