/** Parts of a program: they are not parsed at the start, but loaded when they are called, and released. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { HEADER_LENGTH, HEADER_START } from '../../../firmware/layout.ts';
import { bundleDevice, type LinkedProgram } from '../../../scripts/linker/link.ts';
import type { Parts } from '../../../scripts/linker/parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'parts-'));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(folder, { recursive: true });

const LOADER = `import { parts } from ${JSON.stringify(resolve('firmware/kaluma/parts.ts'))};
  declare function say(text: unknown): void;`;

function build(files: Record<string, string>, parts: Parts): Promise<LinkedProgram> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return bundleDevice({ entry: join(folder, 'main.ts'), parts });
}

/** Runs a program on a board that has only the functions needed for loading. */
function run({ code }: LinkedProgram): { said: string[]; reads: number } {
  const flash = Buffer.from(code);
  const result = { said: [] as string[], reads: 0 };
  const context = createContext({
    say: (text: unknown) => result.said.push(String(text)),
    TextDecoder,
    require: (name: string) => {
      assert.equal(name, 'flash');
      return {
        Flash: class {
          read(sector: number, bytes: Uint8Array, offset: number): void {
            assert.equal(sector, 4);
            result.reads += 1;
            bytes.set(flash.subarray(offset, offset + bytes.length));
          }
        },
      };
    },
  });
  runInContext(`'use strict';${code}`, context, { filename: 'program.js' });
  return result;
}

const COUNTER = `export const count: number[] = [];
  let calls = 0; export function next(step: number): number { calls += step; count.push(step); return calls; }`;

test('a part is loaded by its first call, keeps its state until it is released, and shares values outside of it', async () => {
  const program = await build(
    {
      'shared.ts': 'export class Box { constructor(readonly inside: number) {} }',
      'part.ts': `import { Box } from './shared.ts'; let calls = 0;
        export function box(step: number): Box { calls += step; return new Box(calls); }
        export const isBox = (value: unknown): boolean => value instanceof Box;`,
      'main.ts': `${LOADER} import { box, isBox } from './part.ts'; import { Box } from './shared.ts';
        say(box(1).inside); say(box(2).inside); say(box(1) instanceof Box); say(isBox(new Box(0)));
        parts.release('late'); say(box(5).inside); parts.load('late'); say(box(5).inside);`,
    },
    { late: { modules: ['part.ts'] } },
  );
  const { said, reads } = run(program);
  assert.deepEqual(said, ['1', '3', 'true', 'true', '5', '10']);
  assert.equal(reads, 7, 'what is loaded at the start, two pieces; twice what the part is, and its piece');
  const [comment, atStart] = program.code.split('*/');
  assert.match(comment, /^\/\*\[\d+,\d+,\d+\] +\n\n\w+=>\{/);
  assert.equal((comment.match(/instanceof/g) ?? []).length, 2, 'in the part, and in main.ts');
  assert.ok(!atStart.includes('instanceof'));
  assert.ok(program.resident < program.code.length - 100, 'a part is not parsed at the start');
});

test('a part that nothing calls is never read', async () => {
  const files = {
    'part.ts': 'export const rare = (): number => 1;',
    'main.ts': `${LOADER} import { rare } from './part.ts'; if (globalThis.never) say(rare()); parts.load; say('on');`,
  };
  const { said, reads } = run(await build(files, { rare: { modules: ['part.ts'] } }));
  assert.deepEqual([said, reads], [['on'], 2], 'what is loaded at the start, and main.ts');
});

test('a part is released after the call of its last function, but objects that it made still work', async () => {
  const files = {
    'part.ts': `let made = 0; export function* steps(): Generator<number> { yield ++made; yield ++made; }
      export const seen = (): number => made;`,
    'main.ts': `${LOADER} import { seen, steps } from './part.ts'; parts.load('short');
      const running = steps(); say(running.next().value); say(seen()); say(running.next().value); say(seen());`,
  };
  const { said } = run(await build(files, { short: { modules: ['part.ts'], last: 'steps' } }));
  assert.deepEqual(said, ['1', '0', '2', '0']);
});

test('parts use each other, and a long part is read in pieces', async () => {
  const files = {
    'one.ts': `const text = '${'x'.repeat(700)}'; export const one = (): string => text;`,
    'two.ts': "import { one } from './one.ts'; export const two = (): number => one().length;",
    'main.ts': `${LOADER} import { two } from './two.ts'; say(two()); parts.release('b');`,
  };
  const { said, reads } = run(await build(files, { a: { modules: ['one.ts'] }, b: { modules: ['two.ts'] } }));
  assert.deepEqual(said, ['700']);
  assert.equal(reads, 7, 'at the start 2; for one part 2, for the other, which has more than 512 characters, 3');
});

test('a part of long modules comes in pieces, which also share values that are no functions', async () => {
  const long = `'${'x'.repeat(7000)}'`;
  const files = {
    'one.ts': `export const LENGTHS = [${long}.length]; export function grow(): void { LENGTHS.push(1); }`,
    'two.ts': `import { grow, LENGTHS } from './one.ts'; const mine = ${long};
      export function two(): number { grow(); return LENGTHS.length + mine.length; }`,
    'three.ts': "import { LENGTHS } from './one.ts'; export const three = (): number => LENGTHS[0] + LENGTHS.length;",
    'main.ts': `${LOADER} import { two } from './two.ts'; import { three } from './three.ts';
      say(two()); say(two()); say(three()); parts.release('late'); say(three());`,
  };
  const program = await build(files, { late: { modules: ['one.ts', 'two.ts', 'three.ts'] } });
  assert.deepEqual(run(program).said, ['7002', '7003', '7003', '7001']);
  assert.equal(
    program.code.split('*/')[0].match(/\n(?:\([\w,]*\)|\w+)=>\{/g)?.length,
    4,
    'three of the part, and main.ts',
  );
});

test('error texts and long texts stay in flash until they are read, each once', async () => {
  const program = await build(
    {
      'part.ts': `import { say } from './say.ts';
        const LABEL = 'a long text that is read when the module is loaded';
        export class OddError extends Error {}
        export function refuse(what: string, value: number): never { throw new OddError(\`\${what}: expected even, got \${value}\`); }
        export const table: Record<string, number> = { 'a name of more than twenty-four letters': 2 };
        export function check(value: number): string {
          if (value > 9) refuse(value > 99 ? 'far too large' : 'much too large', value);
          if (value % 2 === 1) throw new Error('expected even, got ' + value);
          say('short and so here');
          return LABEL + table['a name of more than twenty-four letters'] + 'this is so long that it pays to read it';
        }`,
      'say.ts':
        'declare function say(text: unknown): void; const tell = (text: string): void => say(text); export { tell as say };',
      'main.ts': `${LOADER} import { check } from './part.ts';
        for (const value of [2, 3, 10, 100]) try { say(check(value)); } catch (error) { say((error as Error).message); }
        parts.release('late');`,
    },
    { late: { modules: ['part.ts'] } },
  );
  const { said } = run(program);
  assert.deepEqual(said, [
    'short and so here',
    'a long text that is read when the module is loaded2this is so long that it pays to read it',
    'expected even, got 3',
    'much too large: expected even, got 10',
    'far too large: expected even, got 100',
  ]);
  const [header, texts, ...pieces] = program.code.split('\n');
  assert.equal(header.length, HEADER_START + HEADER_LENGTH);
  assert.match(texts, /^[\w ,:-]+$/);
  for (const text of [
    'far too large',
    'much too large',
    'expected even, got ',
    'this is so long that it pays to read it',
  ]) {
    assert.equal(texts.split(text).length, 2, text);
    assert.ok(!pieces.join().includes(text), text);
  }
  for (const text of ['short and so here', 'is read when the module is loaded'])
    assert.ok(!texts.includes(text) && pieces.join().includes(text), text);
  assert.ok(pieces.join().includes('a name of more'), 'names of properties stay');
});

test('the header says where the text lies that runs first', async () => {
  const program = await build(
    {
      'part.ts': 'export const two = (): number => 2;',
      'main.ts': `${LOADER} import { two } from './part.ts'; say(two()); parts.release('late');`,
    },
    { late: { modules: ['part.ts'] } },
  );
  const header = program.code.slice(HEADER_START, HEADER_START + HEADER_LENGTH);
  const [start, length, line] = JSON.parse(header) as [number, number, number];
  assert.equal(program.code.slice(start - 2, start), '*/');
  assert.equal(start + length, program.code.length);
  assert.equal(program.code.slice(0, start).split('\n').length - 1, line);
});

test('lines in a part are those of the program, and the list knows them', async () => {
  const files = {
    'part.ts': `export function fails(): never {
        throw new Error('here');
      }`,
    'main.ts': `${LOADER} import { fails } from './part.ts';
      function outer(): void { fails(); }
      try { outer(); } catch (error) { say((error as Error).stack); } parts.release('broken');`,
  };
  const program = await build(files, { broken: { modules: ['part.ts'] } });
  const [stack] = run(program).said;
  // Node puts two lines in front of the text that Function() gets.
  const line = Number(/<anonymous>:(\d+):\d+\)/.exec(stack)?.[1]) - 2;
  assert.match(program.lines[line - 1], /^fails \(.*part\.ts:1\)$/);
  assert.equal(program.lines.length, program.code.split('\n').length);
  const outer = Number(/<anonymous>:\d+.*?<anonymous>:(\d+):\d+\)/s.exec(stack)?.[1]) - 2;
  assert.match(program.lines[outer - 1], /^outer \(.*main\.ts:3\)$/);
});

test('only functions of a part can be used outside of it', async () => {
  const files = {
    'part.ts': COUNTER,
    'main.ts': `${LOADER} import { count, next } from './part.ts'; next(1); say(count.length); parts.release('late');`,
  };
  await assert.rejects(build(files, { late: { modules: ['part.ts'] } }), /count of the part late is used outside/);
});

test('a part whose text would end the comment is refused', async () => {
  const files = {
    'part.ts': "export const star = (): string => 'a*/b';",
    'main.ts': `${LOADER} import { star } from './part.ts'; say(star()); parts.release('late');`,
  };
  await assert.rejects(build(files, { late: { modules: ['part.ts'] } }), /would end the comment/);
});

test('a rule that has no effect is refused, and the error names it', async () => {
  const files = {
    'part.ts': 'export const one = (): number => 1; const two = (): number => 2; export const three = two;',
    'types.ts': 'export interface Nothing { left: number }',
    'main.ts': `${LOADER} import { one } from './part.ts'; say(one()); parts.release('late');`,
  };
  for (const [rule, problem] of [
    [{ modules: ['part.ts', 'prat.ts'] }, /the part late names prat\.ts, of which nothing is in the program/],
    [{ modules: ['part.ts', 'types.ts'] }, /the part late names types\.ts/],
    [{ modules: ['part.ts', 'art.ts'] }, /the part late names art\.ts/],
    [{ modules: ['part.ts'], last: 'eno' }, /the part late names eno, which it does not export/],
    // Exported, but called by nobody outside: the part would never be released.
    [{ modules: ['part.ts'], last: 'three' }, /the part late names three, .*nothing outside of it uses/],
  ] as const) {
    await assert.rejects(build(files, { late: rule }), problem);
  }
});

test('the rule of a part that the program lacks is checked by its sources', async () => {
  const files = {
    'rare.ts':
      'export function* rare(): Generator<number> { yield 1; }\nexport const also = (): number => 2; const own = also;',
    'main.ts': `${LOADER} parts.release('late');`,
  };
  const module = join(folder, 'rare.ts');
  for (const last of [undefined, 'rare', 'also']) {
    await build(files, { late: { modules: [module], ...(last !== undefined && { last }), optional: true } });
  }
  for (const [rule, problem] of [
    [{ modules: [join(folder, 'raer.ts')] }, /the part late names .*raer\.ts, which is no file/],
    [{ modules: [module, join(folder, 'raer.ts')] }, /the part late names .*raer\.ts, which is no file/],
    [{ modules: [module], last: 'raer' }, /the part late names raer, no function that .*rare\.ts exports/],
    [{ modules: [module], last: 'rar' }, /the part late names rar,/],
    [{ modules: [module], last: 'own' }, /the part late names own,/],
  ] as const) {
    await assert.rejects(build(files, { late: { ...rule, optional: true } }), problem);
  }
});

test('a part without a module is refused', async () => {
  const files = { 'main.ts': `${LOADER} parts.release('late');` };
  await assert.rejects(build(files, { late: { modules: [] } }), /the part late names no module/);
});
