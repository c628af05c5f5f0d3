/** No module imports itself over others, not even for a type: each can be read, and moved, without those that use it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

type Imports = Map<string, string[]>;

function importsOf(file: string, text: string): string[] {
  return [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '(\.[^']*\.ts)';/gm)].map(([, path]) =>
    join(dirname(file), path).replaceAll('\\', '/'),
  );
}

/** The first circle that is found, as the modules on it; empty if there is none. */
function circleIn(imports: Imports): string[] {
  const done = new Set<string>();
  const visit = (module: string, path: readonly string[]): string[] => {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return [];
    for (const imported of imports.get(module) ?? []) {
      const circle = visit(imported, [...path, module]);
      if (circle.length > 0) return circle;
    }
    done.add(module);
    return [];
  };
  for (const module of imports.keys()) {
    const circle = visit(module, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

test('a circle of imports is found', () => {
  const texts = {
    'src/a.ts': "import { b } from './b.ts';\n",
    'src/b.ts': "import {\n  type C,\n  c,\n} from '../firmware/c.ts';\nexport const b = c;\n",
    'firmware/c.ts': "export type { B } from '../src/b.ts';\n",
  };
  const imports = new Map(Object.entries(texts).map(([file, text]) => [file, importsOf(file, text)]));
  assert.deepEqual(circleIn(imports), ['src/b.ts', 'firmware/c.ts', 'src/b.ts']);
});

test('no modules import each other in a circle', () => {
  const imports: Imports = new Map();
  for (const folder of ['src', 'firmware', 'scripts', 'test']) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const file = join(folder, name).replaceAll('\\', '/');
      if (file.endsWith('.ts')) imports.set(file, importsOf(file, readFileSync(file, 'utf8')));
    }
  }
  assert.ok(imports.get('firmware/main.ts')?.includes('src/index.ts'));
  assert.deepEqual(circleIn(imports), []);
});
