import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { writePrivateFile } from '../../../scripts/lib/files.ts';

const folder = mkdtempSync(join(tmpdir(), 'private-'));
after(() => rmSync(folder, { recursive: true }));

// Windows lets administrators only make links.
test(
  'a link stays a link, and what it leads to is written, there or not',
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
test('a pipe stays one: it is written into', { skip: process.platform === 'win32' }, async () => {
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
