import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { bundleDevice } from '../../../scripts/linker/link.ts';

const folder = mkdtempSync(join(tmpdir(), 'link-'));
after(() => rmSync(folder, { recursive: true }));
// Modules of the cryptography are kept apart and their syntax as it is.
const apart = join(folder, 'src', 'crypto');
mkdirSync(apart, { recursive: true });

async function link(files: Record<string, string>, where = apart): Promise<{ code: string; said: string[] }> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(where, name), text);
  const { code } = await bundleDevice({ entry: join(where, 'main.ts') });
  const said: string[] = [];
  runInNewContext(`'use strict';${code}`, { say: (text: unknown) => said.push(String(text)) });
  return { code, said };
}

test('modules get what they import, under names that clash and names that are renamed', async () => {
  const { said } = await link({
    'one.ts':
      'const secret = 1; export const value = () => secret; export class Box { constructor(readonly v = 4) {} }',
    'two.ts':
      "import { value as other } from './one.ts'; const secret = 2; export function value() { return secret + other(); }",
    'main.ts': `import { value, Box } from './one.ts'; import { value as sum } from './two.ts';
      declare function say(text: unknown): void;
      const unused = 5; const secret = { value, secret: 'mine' };
      say(value()); say(sum()); say(secret.secret); { const value = 9; say(value); } say(new Box().v);
      const [a, { b, ...rest }] = [1, { b: 2, c: 3 }]; say(a + b + rest.c);`,
  });
  assert.deepEqual(said, ['1', '3', 'mine', '9', '4', '6']);
});

test('a module of many names becomes a function of its own, and the outermost scope holds shared names only', async () => {
  const names = Array.from({ length: 90 }, (_, i) => `step${i}`);
  const { code, said } = await link({
    'one.ts': `${names.map((name, i) => `let ${name} = () => ${i} + say.length;`).join('\n')}
      declare function say(x: unknown): void; export function next() { return [${names.join()}].length; }`,
    'main.ts': "import { next } from './one.ts'; declare function say(x: unknown): void; say(next());",
  });
  assert.deepEqual(said, ['90']);
  assert.match(code, /^\(\(\)=>\{const (\w+)=\(\(\)=>\{.*return \w+\}\)\(\);\(\(?\w+\)?=>\{.*\}\)\(\1\)\}\)\(\);$/s);
});

test('small modules that stand side by side share a function, and their syntax is shortened', async () => {
  const { code, said } = await link(
    {
      'one.ts': 'let count = 0; export function next(): number { count = count + 2; return count; }',
      'two.ts': "import { next } from './one.ts'; export const both = (): boolean => next() === 2 && true;",
      'main.ts': "import { both } from './two.ts'; declare function say(x: unknown): void; if (both()) say('both');",
    },
    folder,
  );
  assert.deepEqual(said, ['both']);
  assert.match(code, /^\(\(\)=>\{\(\(\)=>\{[^]*\w\(\)&&say\("both"\)\}\)\(\)\}\)\(\);$/);
});

test('statements behind TRACE:, and code that only they use, do not reach the board', async () => {
  const { code, said } = await link({
    'notes.ts': "export const explain = () => 'long explanation';",
    'main.ts':
      "import { explain } from './notes.ts'; declare function say(x: unknown): void; TRACE: say(explain()); say('on');",
  });
  assert.deepEqual(said, ['on']);
  assert.doesNotMatch(code, /explanation/);
});

test('syntax that the engine cannot parse is lowered, and no compound assignments are brought in', async () => {
  const { code, said } = await link({
    'main.ts': `declare function say(x: unknown): void;
      const empty: { a?: { b: number } | null } = { a: null }; let x = 6; x = x & 3; x ??= 4;
      class Counter { #hidden = 3; static made = 0; read() { return this.#hidden; } }
      say(empty.a?.b); say(x); say(new Counter().read() + Counter.made); say(2n ** 70n);`,
  });
  assert.deepEqual(said, ['undefined', '2', '3', String(2n ** 70n)]);
  assert.doesNotMatch(code, /\?\.|\?\?=|#|&=/);
});

test('arrow functions in objects and arrays get parentheses, without which the engine may not parse them', async () => {
  const { code, said } = await link(
    {
      'main.ts': `declare function say(x: unknown): void;
        const careful = (outer: number) => { return { add: (x: number) => ({ sum: (y: number) => outer + x + y }) }; };
        const list = [(x: number) => x * 2]; say(careful(1).add(2).sum(3)); say(list[0](4)); say([1].map((x) => x + 1));`,
    },
    folder,
  );
  assert.deepEqual(said, ['6', '8', '2']);
  assert.equal(code.match(/[:[]\(\w+\)=>/g)?.length, 3);
});

test('an import cycle is refused, and the error names it', async () => {
  const files = {
    'one.ts': "import { two } from './two.ts'; export const one = () => two();",
    'two.ts': "import { one } from './one.ts'; export const two = (): number => one();",
    'main.ts': "import { one } from './one.ts'; one();",
  };
  await assert.rejects(link(files), /import cycle: .*two\.ts uses one of .*one\.ts/);
});

test('an exported name that is assigned to again is refused', async () => {
  const files = {
    'one.ts': 'export let count = 0; export const next = () => { count++; };',
    'main.ts': "import { count, next } from './one.ts'; next(); globalThis.x = count;",
  };
  await assert.rejects(link(files), /count is exported and assigned to again/);
});

test('constants that are numbers become literals', async () => {
  const { code, said } = await link({
    'one.ts': 'export const LIMIT = 4711; export const SHADOWED = 4712; export const KEY = 4713;',
    'main.ts': `import { KEY, LIMIT, SHADOWED } from './one.ts'; declare function say(x: unknown): void;
      const shift = (SHADOWED: number): number => SHADOWED + LIMIT;
      const object = { KEY, [LIMIT]: KEY, LIMIT: 1 }; let changed = 4714; changed += LIMIT;
      say(shift(1)); say(object.KEY + object[LIMIT] + object.LIMIT); say(changed); say(SHADOWED);`,
  });
  assert.deepEqual(said, ['4712', '9427', '9425', '4712']);
  assert.deepEqual(code.match(/[=:[+(]471\d/g), [
    '+4711',
    ':4713',
    '[4711',
    ':4713',
    '=4714',
    '=4711',
    '[4711',
    '(4712',
  ]);
});
