/**
 * Runs programs on the real engine, for measurements and tests: Kaluma's own image on an emulated RP2040. The image
 * and the emulator are not part of this project; environment variables name them:
 *
 * - `KALUMA_ELF`: Kaluma 1.2.1 for pico-w, built with its symbols
 * - `RP2040_BOOTROM`: a module that exports `bootromB1`
 * - `RIG`: the folder of the emulator's `picow.mjs`, `board.mjs` and `network.mjs`; default: `../shared/rig`
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Why the rig cannot be used here, in words; null if it can. */
export function rigMissing(): string | null {
  for (const name of ['KALUMA_ELF', 'RP2040_BOOTROM']) {
    const file = process.env[name];
    if (file === undefined) return `${name} is not set`;
    if (!existsSync(file)) return `${name} names ${file}, which does not exist`;
  }
  return existsSync(join(rigFolder(), 'picow.mjs')) ? null : `${rigFolder()} holds no picow.mjs (RIG names its folder)`;
}

export interface RigOptions {
  /** Path of the program to put into the program area, or of a UF2 to write as BOOTSEL mode does. */
  program?: string;
  uf2?: string;
  /** Stop when the serial port has printed this. */
  until?: string;
  /** Stop after this many seconds of the device's time. */
  seconds: number;
  /** Ports that the board dials, each with the local port that it is connected to. */
  ports?: Record<number, number>;
  /** Further flags of picow.mjs, such as `--dns nx`. */
  flags?: string[];
  /**
   * Called with each line of the serial port and the device time in seconds at which it began. Returning true stops
   * the run.
   */
  onLine?: (line: string, seconds: number) => boolean | void;
}

export interface RigResult {
  /** The lines of the serial port. */
  lines: { seconds: number; text: string }[];
  /** 0: `until` was printed, or `onLine` stopped the run; 2: the time was up; 3: the engine died. */
  code: number;
  /** The output of the rig itself: frames, faults, the reason of a crash. */
  log: string;
}

/** Boots a program on the emulated board and runs it until it is stopped. */
export async function runOnRig(options: RigOptions): Promise<RigResult> {
  const flags = ['--seconds', String(options.seconds), ...(options.flags ?? [])];
  if (options.program !== undefined) flags.push('--program', options.program);
  if (options.uf2 !== undefined) flags.push('--uf2', options.uf2);
  if (options.until !== undefined) flags.push('--until', options.until);
  for (const [device, local] of Object.entries(options.ports ?? {})) flags.push('--port', `${device}=${local}`);
  const [node, ...argv] = rigCommand(flags);
  const child = spawn(node, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill();
  process.once('exit', stop);
  try {
    return await collect(child, options.onLine);
  } finally {
    process.off('exit', stop);
  }
}

/** The command that runs the emulator, for callers that use its serial port directly (`--stdin --raw`). */
export function rigCommand(flags: string[]): string[] {
  return [process.execPath, installRig(), ...flags];
}

function collect(child: ChildProcess, onLine: RigOptions['onLine']): Promise<RigResult> {
  const result: RigResult = { lines: [], code: -1, log: '' };
  let rest = '';
  let stopped = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const match = /^([\d.]+) \| (.*)$/.exec(part);
      const line = { seconds: Number(match?.[1] ?? 0), text: match?.[2] ?? part };
      result.lines.push(line);
      if (onLine?.(line.text, line.seconds) === true) {
        stopped = true;
        child.kill();
      }
    }
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (result.log += text));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      result.code = stopped ? 0 : (code ?? -1);
      done(result);
    });
  });
}

function rigFolder(): string {
  return resolve(process.env.RIG ?? '../shared/rig');
}

/**
 * Copies the rig to a place from which it finds the project's rp2040js, since its own folder may be read-only.
 * @returns the path of its picow.mjs
 */
export function installRig(): string {
  const id = createHash('sha256').update(resolve(rigFolder())).digest('hex').slice(0, 8);
  const target = resolve('node_modules/.cache/pico-kitchen-rig', id);
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(rigFolder()).filter((name) => name.endsWith('.mjs'))) {
    copyFileSync(join(rigFolder(), file), join(target, file));
  }
  return join(target, 'picow.mjs');
}
