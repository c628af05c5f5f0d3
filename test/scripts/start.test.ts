import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const temporary = mkdtempSync(join(tmpdir(), 'start-'));
after(() => rmSync(temporary, { recursive: true }));

const COMMAND = ['--import', 'tsx', 'scripts/start.ts'];
const env = { ...process.env, TMPDIR: temporary, TEMP: temporary };

function start(...argv: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...COMMAND, ...argv], { encoding: 'utf8', env, timeout: 60_000 });
}

/** tsx keeps a cache of its own there. */
function leftBehind(): string[] {
  return readdirSync(temporary).filter((name) => !name.startsWith('tsx-'));
}

for (const chain of ['rsa', 'ecdsa']) {
  test(`${chain}: ends after two acknowledged readings, both sides shown, nothing left behind`, () => {
    const { status, stdout, stderr } = start('--readings', '2', '--chain', chain);
    assert.equal(stderr, '');
    assert.equal(status, 0, stdout);
    assert.match(stdout, new RegExp(`^  endpoint  .* TLS 1\\.2, ${chain.toUpperCase()} certificates$`, 'm'));
    const acknowledged = stdout.match(/^board {4}\| [\d.]+ INFO mqtt reading \d+ acknowledged$/gm);
    assert.equal(acknowledged?.length, 2);
    assert.match(stdout, /^board {4}\| [\d.]+ INFO tls handshake complete in \d+ ms, heap peak \d+ B/m);
    assert.match(stdout, new RegExp(`^endpoint \\| kitchen-1 connected with TLS_ECDHE_${chain.toUpperCase()}_WITH_AES_128_GCM_SHA256$`, 'm')); // prettier-ignore
    const readings = stdout.match(
      /^endpoint \| reading \d+ from kitchen-1: -?\d+(\.\d+)? °C at 20\d\d-\S+Z, up \d+ s$/gm,
    );
    assert.equal(readings?.length, 2);
    assert.ok(!stdout.includes('\u001b'));
    assert.deepEqual(leftBehind(), []);
  });
}

test('Ctrl-C ends it in order', async () => {
  const child = spawn(process.execPath, COMMAND, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8');
  const ended = once(child, 'exit');
  for await (const text of child.stdout as AsyncIterable<string>) {
    if (text.includes('board    |')) child.kill('SIGINT');
  }
  assert.deepEqual(await ended, [0, null]);
  assert.equal(stderr, '');
  assert.deepEqual(leftBehind(), []);
});

test('a reader that has seen enough ends it as well', async () => {
  const child = spawn(process.execPath, COMMAND, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  assert.deepEqual(await ended, [0, null]);
  assert.equal(stderr, '');
  assert.deepEqual(leftBehind(), []);
});

test('wrong options are one line', () => {
  for (const [argv, problem] of [
    [['--readings', '0'], /--readings: expected a whole number, 1 to 1000000, found '0'/],
    [['--reading', '3'], /unknown option --reading /],
    [['3'], /unexpected argument '3'/],
  ] as const) {
    const { status, stdout, stderr } = start(...argv);
    assert.equal(status, 64);
    assert.equal(stdout, '');
    assert.match(stderr, /^npm start: [^\n]+\n$/);
    assert.match(stderr, problem);
  }
});
