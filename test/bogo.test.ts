/**
 * BoringSSL's own tests against our client (ssl/test/PORTING.md there). BOGO_RUNNER names the runner, built of
 * BoringSSL d43938914 by `go test -c` in its ssl/test/runner, and BOGO_DIR that folder, in which its keys are; without
 * them this is skipped. Every client test that bogo/config.json does not exclude, with a reason, must pass.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { buildShim } from './bogo/build.ts';
import { CONFIG_FILE, matches, readConfig } from './bogo/config.ts';

const { BOGO_RUNNER, BOGO_DIR } = process.env;
const missing = BOGO_RUNNER === undefined || BOGO_DIR === undefined;

test(
  'the TLS client passes every test of BoringSSL’s runner that applies to it',
  { skip: missing ? 'BOGO_RUNNER and BOGO_DIR name no runner' : false },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'bogo-'));
    try {
      const config = readConfig();
      const disabled = Object.entries(config.DisabledTests);
      const program = await buildShim(directory, config);
      const all = namesOf(await run(['-include-disabled', '-shim-path', listingShim(directory)]), 'UNIMPLEMENTED');
      const skippedFile = join(directory, 'skipped');
      writeFileSync(skippedFile, '');
      const output = await run(
        ['-shim-config', resolve(CONFIG_FILE), '-shim-path', program, '-idle-timeout', '60s'],
        skippedFile,
      );
      const [passed, failed, unimplemented] = ['PASSED', 'FAILED', 'UNIMPLEMENTED'].map((s) => namesOf(output, s));
      const ran = new Set([...passed, ...failed, ...unimplemented]);

      // Prints the reasons for which tests were not run.
      const excluded = new Map<string, number>();
      const count = (reason: string): void => void excluded.set(reason, (excluded.get(reason) ?? 0) + 1);
      for (const name of all.filter((one) => !ran.has(one))) {
        const [, reason] = disabled.find(([pattern]) => matches(pattern, name)) ?? [];
        assert.ok(reason !== undefined, `${name} was neither run nor excluded`);
        count(reason);
      }
      readFileSync(skippedFile, 'utf8').split('\n').slice(0, -1).forEach(count);
      const rows = [...excluded].sort(([, a], [, b]) => b - a).map(([reason, n]) => `${n} excluded: ${reason}`);
      for (const row of [`${passed.length} passed, ${failed.length} failed, of ${all.length}`, ...rows])
        t.diagnostic(row);

      assert.deepEqual(failed, [], output.slice(output.indexOf('FAILED (')));
      assert.ok(passed.length > 0, output);
      assert.equal(passed.length + [...excluded.values()].reduce((sum, n) => sum + n, 0), all.length);
      const unknown = [...excluded.keys()].filter((reason) => reason.startsWith('unknown flag'));
      assert.deepEqual(unknown, [], 'a flag for which config.json has no reason');
      const idle = disabled.filter(([pattern]) => !all.some((name) => matches(pattern, name)));
      assert.deepEqual(idle, [], 'a pattern that fits no test');
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);

/** A shim that implements nothing, so that the runner lists the names of all its tests. */
function listingShim(directory: string): string {
  const file = join(directory, 'list.sh');
  writeFileSync(file, '#!/bin/sh\n[ "$1" = -is-handshaker-supported ] && echo No && exit 0\nexit 89\n', {
    mode: 0o755,
  });
  return file;
}

/** The runner prints a line for each test. It exits with 1 if one failed. */
function run(args: string[], skippedFile = '/dev/null'): Promise<string> {
  return new Promise((done) => {
    const env = { ...process.env, BOGO_SKIPPED: skippedFile };
    const options = { cwd: BOGO_DIR, env, maxBuffer: 1 << 28 };
    const child = execFile(BOGO_RUNNER as string, ['-pipe', '-allow-unimplemented', ...args], options);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: string) => (output += text));
    child.on('close', () => done(output));
  });
}

function namesOf(output: string, status: string): string[] {
  return [...output.matchAll(new RegExp(`^${status} \\((.*)\\)$`, 'gm'))].map(([, name]) => name);
}
