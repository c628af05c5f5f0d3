/** `npm test`: type check, lint, format check, then every test. `npm test -- FILTER` runs the tests whose path contains FILTER. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const filters = process.argv.slice(2);

function run(command: string[]): void {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (filters.length === 0) {
  run(['node_modules/typescript/bin/tsc', '--noEmit']);
  run(['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'src']);
  run(['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'scripts/explain/page']);
  run(['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'scripts/page/client']);
  run(['node_modules/eslint/bin/eslint.js', '.']);
  run(['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.']);
}
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.test.ts') && filters.every((filter) => file.includes(filter)))
  .sort();
run(['--import', 'tsx', '--test', `--test-concurrency=${availableParallelism()}`, ...files]);
