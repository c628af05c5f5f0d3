import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { after, test } from 'node:test';
import { draftConfig, QUESTIONS } from '../../scripts/init/questions.ts';
import { readBoardConfig } from '../../scripts/config/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'init-'));
after(() => rmSync(folder, { recursive: true }));

const answers = { ssid: 'home', password: 'long enough', host: 'broker.example' };

test('each answer is checked as it is typed', () => {
  const check = (name: string, answer: string): string | null =>
    QUESTIONS.find((question) => question.name === name)?.check(answer) ?? null;
  assert.equal(check('ssid', 'home'), null);
  assert.match(check('ssid', '') ?? '', /1 to 32 bytes/);
  assert.equal(check('password', ''), null);
  assert.match(check('password', 'short') ?? '', /^the value is not usable; wanted: WPA2 password/);
  assert.match(check('host', 'https://x') ?? '', /Host name only/);
  assert.match(check('thing', 'my kitchen') ?? '', /a-z/);
  assert.match(check('sensor', 'lm75') ?? '', /found "lm75"; wanted rp2040/);
});

test('what is left out gets its fallback, or is asked for by the name of its option', () => {
  assert.equal((draftConfig(answers, 'f') as { thing: string }).thing, 'kitchen-1');
  for (const [name, option] of [
    ['ssid', '--ssid'],
    ['password', '--wifi-password'],
    ['host', '--endpoint'],
  ]) {
    assert.throws(() => draftConfig({ ...answers, [name]: undefined }, 'f'), { message: `${option} is missing` });
  }
});

test('the command writes a config that the build reads, for its owner only, and never over another', () => {
  const file = join(folder, 'boards', 'config.json');
  const run = (...more: string[]): { status: number | null; stderr: string } =>
    spawnSync(
      process.execPath,
      [
        '--import',
        'tsx',
        'scripts/init.ts',
        '--board',
        file,
        '--ssid',
        'home',
        '--wifi-password',
        'long enough',
      ].concat(more),
      { encoding: 'utf8' },
    );
  const asked = run('--endpoint', 'broker.example');
  assert.deepEqual([asked.status, /no terminal to ask on/.test(asked.stderr)], [64, true]);
  assert.equal(run('--endpoint', 'broker.example', '--yes').status, 0);
  assert.equal(readBoardConfig(file).endpoint.host, 'broker.example');
  assert.equal(statSync(file).mode & 0o077, 0);
  const again = run('--endpoint', 'other.example', '--yes');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /is there already; --force overwrites it/);
  assert.equal(readBoardConfig(file).endpoint.host, 'broker.example');
  assert.equal(run('--endpoint', 'other.example', '--yes', '--force').status, 0);
  assert.equal(readBoardConfig(file).endpoint.host, 'other.example');
  assert.match(readFileSync(file, 'utf8'), /"\$schema": ".*config\.schema\.json"/);
});
