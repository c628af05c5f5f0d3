/**
 * Runs a test's program on JerryScript itself, bundled as for the board. The environment variable JERRY names a build of
 * the engine for this machine with Kaluma 1.2.1's options; without it such tests are skipped.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleDevice } from '../../scripts/linker/link.ts';

const JERRY = process.env.JERRY;

/** For the second parameter of `test()`. */
export const needsEngine = { skip: JERRY === undefined ? 'JERRY names no engine' : false };

/**
 * @param program TypeScript that imports from `src/…` and writes lines with `print(text)`
 * @returns the lines
 * @throws the error of execFileSync if the program ends with an exception
 */
export async function runOnEngine(program: string): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), 'on-engine-'));
  try {
    const entry = join(directory, 'program.ts');
    writeFileSync(entry, program.replaceAll("from 'src/", `from '${resolve('src')}/`));
    const { code } = await bundleDevice({ entry });
    const bundle = join(directory, 'program.js');
    writeFileSync(bundle, code);
    const output = execFileSync(JERRY as string, [bundle], { encoding: 'utf8', maxBuffer: 1 << 26 });
    return output.split('\n').slice(0, -1);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
