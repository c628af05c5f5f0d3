import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { bundleDevice } from '../../../scripts/linker/link.ts';
import { rigMissing, runOnRig } from '../../../scripts/lib/rig.ts';
import { positionMapper } from '../../../scripts/serial/positions.ts';

// Inside the project: the linker names modules by their paths from here.
const folder = mkdtempSync(join('test', '.lines-'));
after(() => rmSync(folder, { recursive: true }));
const elsewhere = mkdtempSync(join(tmpdir(), 'lines-'));
after(() => rmSync(elsewhere, { recursive: true }));

/** A program that fails in a function in a function of another module, 20 ms after its start. */
async function failing(): Promise<{ file: string; code: string; lines: string[] }> {
  writeFileSync(
    join(folder, 'maker.ts'),
    `export const unit = (): number => 1;
export function makeMaker(): (a: string) => string {
  const prefix = unit() + 'x';

  function breakIt(text: string): string {
    if (text !== '') throw new TypeError('broken');
    return prefix;
  }
  return (text) => {
    return breakIt(text);
  };
}
`,
  );
  const entry = join(folder, 'entry.ts');
  writeFileSync(
    entry,
    `import { makeMaker } from './maker.ts';
declare const setTimeout: (callback: () => void, ms: number) => void;
declare const console: { log(text: string): void };
const make = makeMaker();
function start(): void {
  console.log(make('go'));
}
setTimeout(start, 20);
setTimeout(() => console.log('DONE'), 100);
`,
  );
  const { code, lines } = await bundleDevice({ entry });
  const file = join(elsewhere, 'program.js');
  writeFileSync(file, code);
  writeFileSync(join(elsewhere, 'program.lines.json'), JSON.stringify(lines));
  return { file, code, lines };
}

const path = (name: string): string => relative('.', join(folder, name)).replaceAll('\\', '/');

test('each function that has a name begins a line, and the list says which it is', async () => {
  const { code, lines } = await failing();
  const written = code.split('\n');
  assert.equal(written.length, lines.length);
  const line = (place: string): string => {
    const index = lines.indexOf(place);
    assert.ok(index > 0, `${place} is not in ${lines.join(', ')}`);
    return written[index];
  };
  assert.match(line(`makeMaker (${path('maker.ts')}:2)`), /^function \w+\(\)\{/);
  assert.match(line(`breakIt (${path('maker.ts')}:5)`), /^function \w+\(\w+\)\{.*"broken"/);
  assert.match(line(`start (${path('entry.ts')}:5)`), /^function \w+\(\)\{console\.log\(/);
});

test('positions of a trace are mapped, and those that the engine does not know stay', async () => {
  const { file, lines } = await failing();
  const place = `breakIt (${path('maker.ts')}:5)`;
  const map = positionMapper(file);
  assert.equal(map(`  at <anonymous>:${lines.indexOf(place) + 1}`), `  at ${place}`);
  assert.equal(map('<anonymous>:0,<anonymous>:999'), '<anonymous>:0,<anonymous>:999');
  assert.equal(positionMapper(join(elsewhere, 'other.js'))('  at <anonymous>:2'), '  at <anonymous>:2');
});

test('a trace of the real image leads to its sources', { skip: rigMissing() ?? false, timeout: 120_000 }, async () => {
  const { file } = await failing();
  const map = positionMapper(file);
  const trace: string[] = [];
  const { code, log } = await runOnRig({
    program: file,
    seconds: 10,
    until: 'DONE',
    onLine: (text) => {
      if (/^ +at /.test(text)) trace.push(map(text).trim());
    },
  });
  assert.equal(code, 0, log);
  assert.equal(trace[0], `at breakIt (${path('maker.ts')}:5)`, trace.join('\n'));
  assert.equal(trace.at(-1), `at start (${path('entry.ts')}:5)`);
});
