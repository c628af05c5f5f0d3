/** Measures the primitives, in Node and on the rig. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleDevice } from '../linker/link.ts';
import { UserError } from '../lib/cli.ts';
import { runOnRig } from '../lib/rig.ts';
import * as primitives from './primitives.ts';

export interface PrimitiveFigures {
  name: PrimitiveName;
  title: string;
  /** Median in Node, ms. */
  nodeMs: number;
  device: DeviceFigures | null;
}

export interface DeviceFigures {
  /** Median, ms at 125 MHz. */
  ms: number;
  /** Highest JavaScript heap in bytes, including Kaluma's own 14 KB and the measuring. */
  heapPeak: number;
  /** Minified bytes of a program with nothing but this primitive. */
  programBytes: number;
}

/** The least that a primitive can take, and of what that consists. */
export interface Floor {
  ms: number;
  of: string;
}

/** @param measured all that were measured @returns null without the board, and for a primitive without parts */
export function floorOf({ name }: PrimitiveFigures, measured: readonly PrimitiveFigures[]): Floor | null {
  const { floor }: primitives.Primitive = primitives[name];
  if (floor === undefined) return null;
  let ms = 0;
  for (const [part, count] of Object.entries(floor.of)) {
    const device = measured.find((other) => other.name === part)?.device ?? null;
    if (device === null) return null;
    ms += count * device.ms;
  }
  return { ms, of: floor.because };
}

export type PrimitiveName = keyof typeof primitives;
export const PRIMITIVES = Object.keys(primitives) as PrimitiveName[];

/** @param onRig whether to measure on the rig as well */
export async function measurePrimitive(name: PrimitiveName, onRig: boolean): Promise<PrimitiveFigures> {
  const { title, setUp }: primitives.Primitive = primitives[name];
  return { name, title, nodeMs: inNode(setUp()), device: onRig ? await onDevice(name) : null };
}

function inNode(run: () => unknown): number {
  const times = Array.from({ length: 25 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[times.length >> 1];
}

async function onDevice(name: PrimitiveName): Promise<DeviceFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  try {
    const { code } = await bundleDevice({
      entry: resolve('scripts/bench/device.ts'),
      plugins: [
        {
          name: 'primitive',
          setup(build): void {
            build.onResolve({ filter: /^bench:primitive$/ }, ({ path }) => ({ path, namespace: 'bench' }));
            build.onLoad({ filter: /.*/, namespace: 'bench' }, () => ({
              contents: `export { ${name} as primitive } from './primitives.ts';`,
              resolveDir: resolve('scripts/bench'),
            }));
          },
        },
      ],
    });
    const program = join(folder, 'program.js');
    writeFileSync(program, code);
    const { lines, code: exit, log } = await runOnRig({ program, until: 'DONE', seconds: 120 });
    const result = lines.find(({ text }) => text.startsWith('BENCH '));
    if (result === undefined) {
      throw new UserError(`${name} did not finish on the rig (exit ${exit}): ${lines.at(-1)?.text ?? log.trim()}`);
    }
    const { micros, heapPeak } = JSON.parse(result.text.slice(6)) as { micros: number; heapPeak: number };
    return { ms: micros / 1000, heapPeak, programBytes: code.length };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
