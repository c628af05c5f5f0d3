/** `npm run update` as a person runs it, against the local endpoint, with simulated boards. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BoardSettings } from '../../firmware/settings.ts';
import { SECTOR, SETTINGS_SECTOR, SLOT_SECTOR } from '../../firmware/layout.ts';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { Endpoint } from '../../scripts/endpoint/localEndpoint.ts';
import { areaText } from '../../scripts/image/area.ts';
import { buildProgram } from '../../scripts/image/program.ts';
import { settingsText } from '../../scripts/image/settings.ts';
import { SimulatedBoard } from '../../scripts/simulator/simulatedBoard.ts';
import {
  isInSettings,
  makeUpdateKey,
  publicFile,
  publicKeyHex,
  readUpdateKey,
  readUpdateKeys,
  settingsKeys,
} from '../../scripts/update/keys.ts';
import { commandLine } from '../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'update-'));
after(() => rmSync(folder, { recursive: true }));
const key = join(folder, 'update.key.pem');

interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** @param until ends it as Ctrl-C does, once its stderr matches */
async function update(argv: string[], until?: RegExp): Promise<Result> {
  const signing = argv.includes('--key') ? [] : ['--key', key];
  const child = spawn(process.execPath, commandLine('update', ...signing, ...argv));
  const result: Result = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (result.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    result.stderr += text;
    if (until?.test(result.stderr) === true) child.kill('SIGINT');
  });
  after(() => child.kill('SIGKILL'));
  [result.status] = (await once(child, 'close')) as [number | null];
  return result;
}

void describe('the signing key of npm run update', () => {
  test('is made by --new-key for its owner only, with the public half beside it, and never in the place of another', async () => {
    const { status, stdout } = await update(['--new-key']);
    assert.equal(status, 0);
    assert.match(stdout, /update\.key\.pem signs updates from now on/);
    // Builds do not look into this folder.
    assert.match(stdout, /update\.pub\.pem, copied to board\/certs\/update-2\.pub\.pem [^\n]* goes into the settings/);
    assert.deepEqual(
      ['board/certs/update.key.pem', './board/certs/update-2.key.pem', 'board/certs/x.pem', 'update.key.pem'].map(
        isInSettings,
      ),
      [true, true, false, false],
    );
    assert.equal(statSync(key).mode & 0o777, 0o600);
    assert.deepEqual(readUpdateKeys(folder), [publicKeyHex(readUpdateKey(key))]);
    const again = await update(['--new-key']);
    assert.equal(again.status, 1);
    assert.match(again.stderr, /^npm run update: \S+update\.key\.pem exists, and boards may know it; [^\n]+\n$/);
  });

  test('leaves no settings without its public half: a key kept elsewhere is added, a missing file is refused', () => {
    const own = publicKeyHex(readUpdateKey(key));
    const other = join(folder, 'other');
    makeUpdateKey(join(other, 'update-2.key.pem'));
    const second = publicKeyHex(readUpdateKey(join(other, 'update-2.key.pem')));
    assert.deepEqual(settingsKeys(key, readUpdateKey(key), folder), { keys: [own], isAdded: false });
    assert.deepEqual(settingsKeys(key, readUpdateKey(key), other), { keys: [second, own], isAdded: true });
    assert.deepEqual(settingsKeys(key, readUpdateKey(key), join(folder, 'none')), { keys: [own], isAdded: true });
    // The old key of two still signs the settings with both; without its file it signs none.
    rmSync(join(other, 'update-2.pub.pem'));
    assert.throws(
      () => settingsKeys(join(other, 'update-2.key.pem'), readUpdateKey(join(other, 'update-2.key.pem')), other),
      /take no update that it signs any more: .*openssl pkey -in \S+update-2\.key\.pem -pubout -out \S+update-2\.pub\.pem$/,
    );
  });

  test(
    'is refused if others may read it, with the command that ends this',
    { skip: process.platform === 'win32' },
    () => {
      const open = join(folder, 'open.key.pem');
      makeUpdateKey(open);
      for (const mode of [0o644, 0o640, 0o604, 0o620]) {
        chmodSync(open, mode);
        assert.throws(
          () => readUpdateKey(open),
          /others may use this key \(its mode is 06\d\d\).*: chmod 600 \S+open\.key\.pem$/,
        );
      }
      chmodSync(open, 0o400);
      assert.equal(readUpdateKey(open).type, 'private');
      rmSync(open);
      rmSync(publicFile(open));
    },
  );

  test('must exist, and so must a choice of boards, or the error is one line', async () => {
    const neither = await update([]);
    assert.deepEqual([neither.status, /either --board FILE or --all/.test(neither.stderr)], [64, true]);
    writeFileSync(join(folder, 'bad.key.pem'), 'nonsense', { mode: 0o600 });
    assert.throws(() => readUpdateKey(join(folder, 'bad.key.pem')), /wanted a private key in PEM; found/);
    assert.throws(() => readUpdateKey(join(folder, 'none.pem')), /--new-key makes it/);
  });
});

test('options of npm run update that do not go together are refused', async () => {
  for (const [argv, why] of [
    [['--new-key', '--board', 'x.json'], /makes the key and nothing else/],
    [['--new-key', '--all'], /makes the key and nothing else/],
    [['--board', 'x.json', '--all'], /either --board FILE or --all/],
    [['--all', '--aws', '--settings'], /settings hold passwords/],
    [['--all', '--certificate', 'x.pem'], /--certificate and --certificate-key go together/],
    [['--all', '--aws', '--address', '127.0.0.1'], /--address is for a broker/],
    [['--all', '--aws', '--certificate-key', 'x.pem'], /--certificate-key is for a broker/],
    [['--board', 'x.json', '--aws', '--via', 'y.json'], /--via is for a broker/],
    [['--all', '--via', 'x.json'], /--via is the config of one board/],
    [['--all', '--settings', '--also', 'rp2040'], /--also is for a program/],
  ] as const) {
    const { status, stderr } = await update([...argv]);
    assert.deepEqual([status, why.test(stderr), stderr.split('\n').length], [64, true, 2], stderr);
  }
});

void describe('npm run update at the local endpoint', { timeout: 240_000 }, () => {
  let endpoint: Endpoint;
  let board: SimulatedBoard;
  let boardFile = '';
  let running = true;

  before(async () => {
    const prepared = await prepareFolder({ folder, kind: 'ecdsa', host: 'endpoint.test' });
    endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
    const config = prepared.writeBoardConfig(endpoint.port, 2);
    ({ boardFile } = prepared);
    const { code } = await buildProgram({ boardFile, outDir: join(folder, 'dist'), now: Date.now() - 60_000 });
    const json = code.slice(SETTINGS_SECTOR * SECTOR + 12).split('\0')[0];
    const settings = { ...(JSON.parse(json) as BoardSettings), updateKeys: [publicKeyHex(readUpdateKey(key))] };
    const program = areaText(settingsText(settings), code.slice(SLOT_SECTOR * SECTOR).split('\0')[0]);
    const { port } = endpoint;
    board = new SimulatedBoard({ program, clock: 'real', accessPoint: config.wifi, dial: () => ({ port }) });
    void (async () => {
      while (running) await board.run(0.2);
    })();
  });
  after(async () => {
    running = false;
    board.close();
    await endpoint.close();
  });

  const args = (): string[] => [
    ...['--board', boardFile, '--address', '127.0.0.1', '--out', join(folder, 'dist')],
    ...['--certificate', join(folder, 'watcher.crt.pem'), '--certificate-key', join(folder, 'watcher.key.pem')],
  ];

  test('brings a program to the board, also when the command is interrupted and run again', async () => {
    const first = await update(args(), /kitchen-1: receiving/);
    assert.equal(first.status, 1);
    assert.match(
      first.stdout,
      /^kitchen-1 {2}not done: receiving, \d+ % received; run it again(; it still runs [^\n]+)?$/m,
    );
    const { status, stdout, stderr } = await update(args());
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^kitchen-1 {2}updated: runs \d+\.\d+\.\d+ from slot 1$/m);
    const ids = [...board.serial.matchAll(/INFO update (\w+): program/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, 1, 'the same update');
  });

  test('brings settings to the board, and says so in the end', async () => {
    const text = readFileSync(boardFile, 'utf8').replace('"intervalSeconds": 2', '"intervalSeconds": 3');
    writeFileSync(boardFile, text);
    const { status, stdout, stderr } = await update([...args(), '--settings']);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^kitchen-1 {2}updated: runs \S+ from slot 1$/m);
    // Run again, it is the same update, which the board has.
    const again = await update([...args(), '--settings']);
    assert.deepEqual([again.status, again.stdout], [0, stdout]);
    assert.equal((board.serial.match(/INFO update \w+: settings/g) ?? []).length, 1);
    // The key of this test is not in board/certs.
    assert.match(stderr, /^the settings also get the public half of \S+update\.key\.pem;/m);
  });

  test('is taken again after settings by the same key, but not by another key', async () => {
    writeFileSync(boardFile, readFileSync(boardFile, 'utf8').replace('"intervalSeconds": 3', '"intervalSeconds": 2'));
    const same = await update([...args(), '--settings']);
    assert.equal(same.status, 0, same.stdout + same.stderr);
    const other = join(folder, 'stranger.key.pem');
    makeUpdateKey(other);
    const { status, stdout } = await update([...args(), '--settings', '--key', other]);
    assert.equal(status, 1);
    assert.match(stdout, /^kitchen-1 {2}not updated: signed with a key that this board does not know/m);
  });
});
