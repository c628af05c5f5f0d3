/** From a board config to `program.js`, the text that is flashed. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { residentLength } from '../kaluma/language.ts';
import budgets from '../budgets.json' with { type: 'json' };
import { readCompleteConfig } from '../config/config.ts';
import { readBoardFiles } from '../config/files.ts';
import { UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { buildFailure } from './failure.ts';
import { bundleDevice, type LinkedModule } from '../linker/link.ts';
import { PARTS } from '../linker/parts.ts';
import { boardModule, boardSettings } from './settings.ts';

export interface BuiltProgram {
  /** Path of the program. */
  file: string;
  code: string;
  bytes: number;
  /** Of them, those of certificates and keys: data, which the budget does not count. */
  stored: number;
  modules: LinkedModule[];
}

/**
 * Builds `outDir/program.js` for a board, and beside it what its lines are. The program holds the board's key and Wi-Fi
 * password and can be read by its owner only; it is replaced as a whole or not at all.
 * @param now ms since 1970: the build time baked in, and the date that certificates are checked against
 * @throws ConfigError for a config or a file of it that cannot be used, UserError for a program that does not compile or is above its budget
 */
export async function buildProgram(options: {
  boardFile: string;
  outDir: string;
  now?: number;
}): Promise<BuiltProgram> {
  const { boardFile, outDir, now = Date.now() } = options;
  const config = readCompleteConfig(boardFile);
  const files = readBoardFiles(config, boardFile, now);
  const settings = boardSettings(config, files, { version: packageVersion(), time: now });
  const { code, lines, stored, modules } = await bundleDevice({
    entry: resolve('firmware/main.ts'),
    parts: PARTS,
    plugins: [boardPlugin(boardModule(settings))],
  }).catch((error: unknown) => {
    throw buildFailure(error);
  });
  // Certificates lie in flash only, where there is room for many.
  if (code.length - stored > budgets.programBytes) {
    throw new UserError(
      `the program has ${code.length - stored} bytes of code, more than its budget of ${budgets.programBytes}`,
    );
  }
  const resident = residentLength(code);
  if (resident > budgets.residentBytes) {
    throw new UserError(
      `the program has ${resident} bytes beside its parts, more than its budget of ${budgets.residentBytes}`,
    );
  }
  const file = join(outDir, 'program.js');
  writePrivateFile(file, code);
  writePrivateFile(linesFile(file), `${JSON.stringify(lines, null, 1)}\n`);
  return { file, code, bytes: code.length, stored, modules };
}

/** Where the list of a program's lines stands: beside it. */
export function linesFile(programFile: string): string {
  return programFile.replace(/(\.js)?$/, '.lines.json');
}

/** Answers `import … from 'pico-kitchen:board'` with the given text. */
export function boardPlugin(text: string): Plugin {
  return {
    name: 'board',
    setup(build) {
      build.onResolve({ filter: /^pico-kitchen:board$/ }, ({ path }) => ({ path, namespace: 'board' }));
      build.onLoad({ filter: /.*/, namespace: 'board' }, () => ({ contents: text, resolveDir: resolve('.') }));
      build.onResolve({ filter: /^firmware\//, namespace: 'board' }, ({ path }) => ({ path: resolve(path) }));
    },
  };
}

function packageVersion(): string {
  return (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
}
