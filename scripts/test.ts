/** `npm test`: type check, lint, format check and every test; or only the quick ones, or the tests of a part. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { defineCommand, EXIT, main, UserError } from './lib/cli.ts';
import { inProcesses, isUnitTest, testFiles } from './test/files.ts';
import { runAll, type Job } from './test/jobs.ts';

const check = (label: string, ...args: string[]): Job => ({ label, args, hasTests: false });
const types = (project: string): Job =>
  check(`types of ${project}`, 'node_modules/typescript-native/bin/tsc', '--noEmit', '-p', project);

const TYPES = ['.', 'src', 'scripts/explain/page', 'scripts/page/client'].map(types);
const LINT = check('lint', 'node_modules/oxlint/bin/oxlint', '--report-unused-disable-directives', '--deny-warnings');
const FORMAT = check('format', 'node_modules/oxfmt/bin/oxfmt', '--check');

const testJob = (files: string[]): Job => ({
  label:
    files.length === 1
      ? files[0]
      : `${files.length} files: ${files.map((file) => basename(file, '.test.ts')).join(', ')}`,
  args: [
    '--import',
    './scripts/typescript.js',
    '--test-reporter=./scripts/test/reporter.ts',
    'scripts/test/runFiles.ts',
    ...files,
  ],
  hasTests: true,
});

await main(
  defineCommand({
    name: 'npm test --',
    summary: [
      'Checks types, lint rules and format, and runs all tests; with FILTER only the tests whose path contains it.',
      'The last lines say how many were skipped, and which variable or program each of them needs.',
    ].join('\n'),
    positionals: ['FILTER?'],
    options: {
      quick: { type: 'boolean', description: 'types, lint and unit tests only' },
      checks: { type: 'boolean', description: 'types, lint and format only' },
      tests: { type: 'boolean', description: 'all tests, but neither types nor lint nor format' },
    },
    examples: ['npm test', 'npm test -- --quick', 'npm test -- tls/client'],
    exitCodes: { 1: 'a check or a test failed' },
    async run({ options: { quick, checks, tests }, positionals: [filter], console }) {
      const files = checks ? [] : testFiles(filter).filter((file) => !quick || isUnitTest(file));
      if (files.length === 0 && !checks) throw new UserError(`no test's path contains '${filter}'`, EXIT.usage);
      const first = filter === undefined && !tests ? [LINT, ...TYPES, FORMAT] : [];
      const { computing, waiting } = inProcesses(files);
      const lanes = [
        { jobs: [...first, ...computing.map(testJob)], workers: availableParallelism() },
        // They wait for servers, serial ports and browsers.
        { jobs: waiting.map(testJob), workers: 3 },
      ];
      return (await runAll(lanes, console)) ? EXIT.ok : EXIT.failure;
    },
  }),
);
