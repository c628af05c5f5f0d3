/** `npm test`: type check, lint, format check, then every test; or only the tests of a part. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineCommand, EXIT, main, UserError } from './lib/cli.ts';

const CHECKS = [
  ['node_modules/typescript/bin/tsc', '--noEmit'],
  ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'src'],
  ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'scripts/explain/page'],
  ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'scripts/page/client'],
  ['node_modules/eslint/bin/eslint.js', '.'],
  ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
];

await main(
  defineCommand({
    name: 'npm test --',
    summary: [
      'Checks types, lint rules and format, then runs all tests; with FILTER only the tests whose path contains it.',
      'CONTRIBUTING.md names the variables that let them use the real engine and the vectors of others.',
    ].join('\n'),
    positionals: ['FILTER?'],
    options: {},
    examples: ['npm test', 'npm test -- tls/client'],
    exitCodes: { 1: 'a check or a test failed' },
    run({ positionals: [filter] }) {
      const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
        .map((file) => `test/${file.replaceAll('\\', '/')}`)
        .filter((file) => file.endsWith('.test.ts') && file.includes(filter ?? ''))
        .sort();
      if (files.length === 0) throw new UserError(`no test's path contains '${filter}'`, EXIT.usage);
      const tests = ['--import', 'tsx', '--test', `--test-concurrency=${availableParallelism()}`, ...files];
      const isWell = [...(filter === undefined ? CHECKS : []), tests].every(
        (command) => spawnSync(process.execPath, command, { stdio: 'inherit' }).status === 0,
      );
      return isWell ? EXIT.ok : EXIT.failure;
    },
  }),
);
