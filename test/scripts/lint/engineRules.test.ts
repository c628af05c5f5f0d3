import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { engineFaults } from '../../../scripts/lint/engineRules.ts';

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  noEmit: true,
  lib: ['lib.es2020.d.ts'],
  types: [],
  skipLibCheck: true,
};

/** @returns `file:line` of each fault in the text */
function faultsOf(text: string): string[] {
  const name = 'src/sample.ts';
  const host = ts.createCompilerHost(OPTIONS);
  const sourceOf = host.getSourceFile.bind(host);
  host.getSourceFile = (file, version) =>
    file === name ? ts.createSourceFile(file, text, version, true) : sourceOf(file, version);
  const faults = engineFaults(ts.createProgram([name], OPTIONS, host), ['src']);
  return faults.map((fault) => fault.split(': ')[0]);
}

test('divisions of BigInts are found by their types', () => {
  const faults = faultsOf(
    'export function f(a: bigint, b: number, c: bigint | string) {\n' +
      'const d = a / 2n;\nconst e = b / 2;\na %= 3n;\nreturn [d, e, (c as bigint) % a, b % 2, a * 2n];\n}',
  );
  assert.deepEqual(faults, ['src/sample.ts:2', 'src/sample.ts:4', 'src/sample.ts:5']);
});

test('generators that use `this` are found', () => {
  const faults = faultsOf(
    'export class A {\n*m() { yield 1; }\nn() { return this; }\n}\n' +
      'export function* g(this: A) {\nconst x = () => this.n();\nyield x;\nyield function (this: A) { return this; };\n}',
  );
  assert.deepEqual(faults, ['src/sample.ts:2', 'src/sample.ts:6']);
});

test('no code of the board has a construct that the engine gets wrong', () => {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => readFileSync(file, 'utf8')) as { config: object };
  const { options } = ts.convertCompilerOptionsFromJson((config as { compilerOptions: object }).compilerOptions, '.');
  const files = ['src', 'firmware'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file}`),
  );
  assert.ok(files.length > 100);
  assert.deepEqual(engineFaults(ts.createProgram(files, options), ['src', 'firmware']), []);
});
