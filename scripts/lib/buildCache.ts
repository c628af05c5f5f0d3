/**
 * Keeps the results of building the project's own sources in `node_modules/.cache`, because a command and its tests build
 * the same again and again: linking a program takes a second, starting esbuild 0.1 s. A result counts for exactly the
 * sources, the scripts and the packages that it was made with.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/pico-kitchen');
/**
 * Everything that a result depends on, beside Node's version, whose built-in names the linker keeps: sources, the code that
 * builds them, the config's schema, whose names stay in the settings, and the versions of packages.
 */
const INPUTS = ['src', 'firmware', 'scripts', 'board/config.schema.json', 'package-lock.json'];
/** Results that are kept; beyond, the oldest quarter goes. */
const MOST = 800;

/** @param what says everything that the result of `make` depends on, beside the sources */
export async function cachedBuild(what: string, make: () => Promise<string>): Promise<string> {
  return kept(what) ?? keep(what, await make());
}

/** Does the same for a result that `make` returns at once. */
export function cachedBuildSync(what: string, make: () => string): string {
  return kept(what) ?? keep(what, make());
}

/** Bundles a module of the project. @param entry its path from the project's folder */
export function bundleText(entry: string, options: BuildOptions): string {
  const what = JSON.stringify({ entry, options });
  return cachedBuildSync(what, () => bundle(entry, options));
}

function bundle(entry: string, options: BuildOptions): string {
  // Loaded only here: it costs each command some ms.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({ ...options, entryPoints: [join(ROOT, entry)], bundle: true, write: false });
  return outputFiles[0].text;
}

function kept(what: string): string | null {
  try {
    return readFileSync(fileOf(what), 'utf8');
  } catch {
    return null;
  }
}

/** Keeps a result. If the folder cannot be written, nothing is kept and everything is built each time. */
function keep(what: string, result: string): string {
  try {
    mkdirSync(FOLDER, { recursive: true });
    const unfinished = join(FOLDER, randomUUID());
    writeFileSync(unfinished, result);
    renameSync(unfinished, fileOf(what));
    removeOld();
  } catch {
    // Another process may have removed a file first.
  }
  return result;
}

function removeOld(): void {
  const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));
  if (files.length <= MOST) return;
  const dated = files.map((file) => ({ file, time: statSync(file).mtimeMs })).sort((a, b) => a.time - b.time);
  for (const { file } of dated.slice(0, MOST / 4)) rmSync(file, { force: true });
}

function fileOf(what: string): string {
  return join(FOLDER, createHash('sha256').update(digestOfInputs()).update(what).digest('hex'));
}

let digest: string | undefined;

function digestOfInputs(): string {
  if (digest !== undefined) return digest;
  const hash = createHash('sha256').update(process.version);
  for (const input of INPUTS) {
    for (const file of filesOf(input)) {
      const content = readFileSync(join(ROOT, file));
      hash.update(`${file} ${content.length}\n`).update(content);
    }
  }
  return (digest = hash.digest('hex'));
}

function filesOf(input: string): string[] {
  if (!statSync(join(ROOT, input)).isDirectory()) return [input];
  return readdirSync(join(ROOT, input), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .sort();
}
