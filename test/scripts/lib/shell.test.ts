import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { boardOption } from '../../../scripts/lib/boardPaths.ts';
import { quote, quotePath } from '../../../scripts/lib/shell.ts';

const hard = ['a b', "it's", '$HOME', '`id`', '*', '~/x', 'a;b', 'a&b', '"', 'back\\slash', 'k=1:2/3.pem'];

test('a pasted word means the same as the printed one', { skip: process.platform === 'win32' }, () => {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${hard.map(quote).join(' ')}`], { encoding: 'utf8' });
  assert.deepEqual(stdout.trimEnd().split('\n'), hard);
});

test('paths are quoted only if necessary', () => {
  assert.equal(quotePath('boards/k-1/config.json', 'linux'), 'boards/k-1/config.json');
  assert.equal(quotePath('my boards/config.json', 'linux'), "'my boards/config.json'");
  assert.equal(quotePath('C:\\boards\\config.json', 'win32'), 'C:\\boards\\config.json');
  assert.equal(quotePath('C:\\my boards\\config.json', 'win32'), '"C:\\my boards\\config.json"');
});

test('the default config needs no option, however its path is written', () => {
  assert.equal(boardOption('./board/config.json'), '');
  assert.match(boardOption('my boards/c.json'), /^ --board ['"]my boards\/c\.json['"]$/);
});
