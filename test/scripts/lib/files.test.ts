import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeFolder, writePrivateFile } from '../../../scripts/lib/files.ts';
import { TYPESCRIPT } from '../../support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'private-'));
after(() => rmSync(folder, { recursive: true }));

// Windows lets administrators only make links.
test(
  'a link stays a link, and its target is written, whether it exists or not',
  { skip: process.platform === 'win32' },
  () => {
    mkdirSync(join(folder, 'behind'));
    const link = join(folder, 'config.json');
    const file = join(folder, 'behind', 'real.json');
    symlinkSync(join('behind', 'real.json'), link);
    for (const text of ['first', 'second']) {
      writePrivateFile(link, text);
      assert.ok(lstatSync(link).isSymbolicLink());
      assert.equal(readFileSync(file, 'utf8'), text);
      assert.equal(statSync(file).mode & 0o777, 0o600);
    }
    assert.deepEqual(
      [readdirSync(folder).sort(), readdirSync(join(folder, 'behind'))],
      [['behind', 'config.json'], ['real.json']],
    );
  },
);

// Windows has no named pipes in folders.
test('a pipe stays a pipe and is written into', { skip: process.platform === 'win32' }, async () => {
  const pipe = join(folder, 'pipe');
  const link = join(folder, 'to-pipe');
  execFileSync('mkfifo', [pipe]);
  symlinkSync(pipe, link);
  for (const name of [pipe, link]) {
    const reader = spawn('cat', [pipe], { timeout: 10_000 });
    let text = '';
    reader.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const ended = once(reader, 'close');
    writePrivateFile(name, 'secret');
    await ended;
    assert.equal(text, 'secret');
    assert.ok(lstatSync(pipe).isFIFO());
  }
});

test('a file that cannot be written leaves nothing behind', () => {
  mkdirSync(join(folder, 'folder', 'in it'), { recursive: true });
  assert.throws(() => writePrivateFile(join(folder, 'folder'), 'x'), /^UserError: cannot write .*folder: /);
  assert.deepEqual(
    readdirSync(folder).filter((name) => /folder\./.test(name)),
    [],
  );
});

test('missing folders are made one by one, and a folder that cannot be made gives an error', () => {
  const deep = join(folder, 'a', 'b', 'c');
  makeFolder(`${folder}/a/new/../b/c`);
  makeFolder(deep);
  assert.ok(existsSync(deep));
  if (process.platform !== 'linux') return;
  // In a process of its own, which can be ended if it does not end.
  const module = JSON.stringify(new URL('../../../scripts/lib/files.ts', import.meta.url));
  const code = `import(${module}).then(({ writePrivateFile }) => writePrivateFile('/proc/none/x/y', ''))`;
  const { stderr } = spawnSync(process.execPath, [...TYPESCRIPT, '-e', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  assert.match(stderr, /cannot write \/proc\/none\/x\/y: no such file or directory/);
});

test(
  'a file or link that lies in wait beside a file is neither written to nor followed',
  { skip: process.platform === 'win32' },
  () => {
    const place = mkdtempSync(join(folder, 'in-wait-'));
    const name = join(place, 'key.pem');
    const victim = join(place, 'victim');
    writeFileSync(victim, 'as it was');
    symlinkSync(victim, `${name}.${process.pid}`);
    writePrivateFile(name, 'secret');
    assert.equal(readFileSync(victim, 'utf8'), 'as it was');
    assert.equal(readFileSync(name, 'utf8'), 'secret');
    assert.equal(statSync(name).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(place).sort(), ['key.pem', `key.pem.${process.pid}`, 'victim']);
  },
);
