import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../support/command.ts';

const root = mkdtempSync(join(tmpdir(), 'start-'));
after(() => rmSync(root, { recursive: true }));

interface Run {
  child: ChildProcessWithoutNullStreams;
  output: { stdout: string; stderr: string };
  /** Exit code and signal. */
  ended: Promise<unknown[]>;
  /** Files in its folder for temporary ones; tsx keeps a cache of its own there. */
  leftBehind: () => string[];
}

function start(...argv: string[]): Run {
  const temporary = mkdtempSync(join(root, 'run-'));
  const child = spawn(process.execPath, commandLine('start', ...argv), {
    env: { ...process.env, TMPDIR: temporary, TEMP: temporary },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const leftBehind = (): string[] => readdirSync(temporary).filter((name) => !name.startsWith('tsx-'));
  return { child, output, ended: once(child, 'close'), leftBehind };
}

// Each waits for the simulated Wi-Fi most of the time.
void describe('npm start', { concurrency: true }, () => {
  test('ends after two acknowledged readings, shows both sides, and leaves nothing behind', async () => {
    const explained = join(root, 'board.html');
    const { output, ended, leftBehind } = start('--readings', '2', '--explain', explained);
    assert.deepEqual(await ended, [0, null], output.stderr);
    const { stdout, stderr } = output;
    assert.match(stderr, /^wrote \S+board\.html: the board's handshake, explained; open it in a browser\n$/);
    assert.match(readFileSync(explained, 'utf8'), /TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256/);
    assert.match(stdout, /^ {2}endpoint {2}.* TLS 1\.2, RSA certificates$/m);
    assert.equal(stdout.match(/^board {4}\| [\d.]+ INFO mqtt reading \d+ acknowledged$/gm)?.length, 2);
    assert.match(stdout, /^board {4}\| [\d.]+ INFO tls handshake complete in \d+ ms, heap peak \d+ B/m);
    assert.match(stdout, /^endpoint \| kitchen-1 connected with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256$/m);
    const readings =
      stdout.match(/^endpoint \| reading \d+ from kitchen-1: -?\d+(\.\d+)? °C at 20\d\d-\S+Z, up \d+ s$/gm) ?? [];
    assert.ok(readings.length >= 2, stdout);
    assert.ok(!stdout.includes('\u001b'));
    assert.deepEqual(leftBehind(), []);
  });

  test('ends in order at Ctrl-C', async () => {
    const { child, output, ended, leftBehind } = start('--chain', 'ecdsa');
    while (!/^endpoint \| reading 1 /m.test(output.stdout))
      await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
    child.kill('SIGINT');
    // As npm does where its shell gives way to the command.
    await sleep(5);
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null], output.stderr);
    assert.equal(output.stderr, '');
    assert.match(output.stdout, /connected with TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256$/m);
    assert.deepEqual(leftBehind(), []);
  });

  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    test(`ends at ${signal} while it starts, and shows nothing`, async () => {
      const { child, output, ended, leftBehind } = start();
      while (leftBehind().length === 0) await sleep(5);
      child.kill(signal);
      assert.deepEqual([await ended, output], [[0, null], { stdout: '', stderr: '' }]);
      assert.deepEqual(leftBehind(), []);
    });
  }

  test('ends when its reader has seen enough', async () => {
    const { child, output, ended, leftBehind } = start('--chain', 'ecdsa');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    assert.deepEqual(await ended, [0, null], output.stderr);
    assert.equal(output.stderr, '');
    assert.deepEqual(leftBehind(), []);
  });

  test('refuses a wrong option in one line', async () => {
    const { output, ended } = start('--readings', '0');
    assert.deepEqual(await ended, [64, null]);
    assert.equal(output.stdout, '');
    assert.match(output.stderr, /^npm start: --readings: expected a whole number, 1 to 1000000, found '0'[^\n]*\n$/);
  });
});
