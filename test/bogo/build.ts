/**
 * Builds the shim as a program that starts fast: one bundle, behind a shell script that answers the simple questions
 * itself.
 */
import { build, type Plugin } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BogoConfig } from './config.ts';

/** @returns the path of the program */
export async function buildShim(directory: string, config: BogoConfig): Promise<string> {
  const bundle = join(directory, 'shim.mjs');
  await build({
    entryPoints: ['test/bogo/shim.ts'],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [believeTheRunner],
  });
  const program = join(directory, 'shim.sh');
  const cases = Object.entries(config.UnimplementedFlags).map(
    ([flag, reason]) => `    ${flag}|-on-*${flag}) echo ${quote(reason)} >>"\${BOGO_SKIPPED:-/dev/null}"; exit 89;;\n`,
  );
  const script = `#!/bin/sh
for flag do
  case $flag in
    -is-handshaker-supported) echo No; exit 0;;
${cases.join('')}  esac
done
exec ${quote(process.execPath)} ${quote(bundle)} "$@"
`;
  writeFileSync(program, script, { mode: 0o755 });
  return program;
}

/** Quotes a word for the shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The client under test is the one in src/, except for its verification of certificate chains. */
const believeTheRunner: Plugin = {
  name: 'believe-the-runner',
  setup(plugin) {
    plugin.onResolve({ filter: /\/x509\/path\.ts$/ }, () => ({ path: resolve('test/bogo/believingPath.ts') }));
  },
};
