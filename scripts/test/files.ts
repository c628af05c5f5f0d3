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
  /\/(kitchen|updates)\.ts'|simulatedBoard|endpoint\/|node:(net|tls|http)'|\/tapes\.ts'|\/budget\.ts'|linker\/link\.ts'/;

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

/** The files as processes run them: those that compute share a process, and each of the others, which mostly wait, has one. */
export function inProcesses(files: readonly string[]): { computing: string[][]; waiting: string[][] } {
  const all = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const shared = all.filter(({ text }) => sharesProcess(text));
  const takeLong = shared.filter(({ text }) => TAKES_LONG.test(text));
  const others = shared.filter((one) => !takeLong.includes(one));
  // Dealt out like cards, so that each process has its share of those that take long.
  const count = Math.ceil(shared.length / FILES_A_PROCESS);
  const dealt = [...takeLong, ...others].map(({ file }) => file);
  const computing = Array.from({ length: count }, (_, i) => dealt.filter((_file, at) => at % count === i));
  // The longest text first, because it mostly takes the longest time, and nothing should be left to wait for in the end.
  const single = all.filter((one) => !shared.includes(one)).sort((a, b) => b.text.length - a.text.length);
  return { computing, waiting: single.map(({ file }) => [file]) };
}
