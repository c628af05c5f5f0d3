/** Builds from a board config what is flashed: a program that holds nothing of one board, and the settings beside it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import type { BoardSettings, SensorSettings } from '../../firmware/settings.ts';
import { PARTS } from '../../firmware/memoryPlan.ts';
import budgets from '../budgets.json' with { type: 'json' };
import { hasJobs, readConfigForBoard, type BoardConfig } from '../config/config.ts';
import { readBoardFiles } from '../config/files.ts';
import { sensorsOf } from '../config/sensors.ts';
import { cachedBuild } from '../lib/buildCache.ts';
import { UserError } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { areaText } from './area.ts';
import { buildFailure } from './failure.ts';
import type { LinkedModule, LinkedProgram } from '../linker/link.ts';
import { readUpdateKeys } from '../update/keys.ts';
import { boardSettings, settingsText } from './settings.ts';

export type SensorType = SensorSettings['type'];

/** Features that a program has only for boards whose config wants them. */
export const EXTRAS = ['alarms', 'shadow', 'jobs'] as const;
export type Extra = (typeof EXTRAS)[number];

/** A program for every board with sensors of certain types. */
export interface ProgramImage {
  version: string;
  /** Types of the sensors whose code is in it. */
  sensors: SensorType[];
  /** The text for a slot, in ASCII, without secrets. */
  text: string;
  /** The position in the sources for each of its lines. */
  lines: string[];
  modules: () => Promise<LinkedModule[]>;
}

export interface BuiltProgram {
  /** Path of the program. */
  file: string;
  /** All that is flashed: the result of `areaText()`. */
  code: string;
  /** Bytes of the program and of the settings. */
  bytes: number;
  settingsBytes: number;
  settings: BoardSettings;
  modules: () => Promise<LinkedModule[]>;
}

/**
 * Builds `outDir/program.js` for a board, and a list of its lines beside it. The file holds the board's key and Wi-Fi
 * password, so only its owner can read it. It is replaced completely or not at all.
 * @param now ms since 1970: the build time in the program, and the date for checking certificates
 * @throws ConfigError for a config that cannot be used, or a file that it names, UserError for a program that does not
 * compile or exceeds its budget
 */
export async function buildProgram(options: {
  boardFile: string;
  outDir: string;
  now?: number;
}): Promise<BuiltProgram> {
  const { boardFile, outDir, now = Date.now() } = options;
  const config = readConfigForBoard(boardFile);
  const files = readBoardFiles(config, boardFile, now);
  const settings = boardSettings(config, files, now, readUpdateKeys());
  const stored = settingsText(settings);
  const image = await buildImage({ ...partsOf(config), version: packageVersion(), now });
  const code = areaText(stored, image.text);
  const file = join(outDir, 'program.js');
  writePrivateFile(file, code);
  writePrivateFile(linesFile(file), `${JSON.stringify(image.lines, null, 1)}\n`);
  return { file, code, bytes: image.text.length, settingsBytes: stored.length, settings, modules: image.modules };
}

/** The sensors and features that a program must contain for a config's board. */
export function partsOf(config: BoardConfig): { sensors: SensorType[]; extras: Extra[] } {
  const sensors = new Set(sensorsOf(config).map(({ sensor }) => sensor.type));
  const extras = {
    alarms: (config.alarms ?? []).length > 0,
    shadow: config.telemetry.shadow === true,
    jobs: hasJobs(config),
  };
  return { sensors: [...sensors], extras: EXTRAS.filter((extra) => extras[extra]) };
}

/**
 * Builds a program.
 * @param plugins for esbuild; they may replace modules
 * @throws UserError for a program that does not compile or exceeds its budget
 */
export async function buildImage(options: {
  sensors: SensorType[];
  /** None unless given. */
  extras?: readonly Extra[];
  version: string;
  now: number;
  plugins?: Plugin[];
}): Promise<ProgramImage> {
  const { sensors, extras = [], version, now, plugins = [] } = options;
  const link = async (time: number): Promise<LinkedProgram> => {
    // Loading the linker takes a command 0.1 s, which is spared where the program was built before.
    const { bundleDevice } = await import('../linker/link.ts');
    return bundleDevice({
      entry: resolve('firmware/main.ts'),
      parts: PARTS,
      plugins: [boardPlugin(boardModule(sensors, version, time, extras)), ...plugins],
    }).catch((error: unknown) => {
      throw buildFailure(error);
    });
  };
  const modules = async (): Promise<LinkedModule[]> => (await link(now)).modules();
  const build = async (): Promise<string> => {
    const { code, lines, resident } = await link(ANY_TIME);
    return JSON.stringify({ code, lines, resident });
  };
  const what = JSON.stringify(['program', sensors, extras, version]);
  const built = plugins.length === 0 ? await cachedBuild(what, build) : await build();
  const { lines, resident, ...timeless } = JSON.parse(built) as Pick<LinkedProgram, 'code' | 'lines' | 'resident'>;
  const code = withTime(timeless.code, now);
  if (code.length > budgets.programBytes) {
    throw new UserError(`the program has ${code.length} bytes, more than its budget of ${budgets.programBytes}`);
  }
  if (resident > budgets.residentBytes) {
    throw new UserError(
      `the program has ${resident} bytes beside its parts, more than its budget of ${budgets.residentBytes}`,
    );
  }
  return { version, sensors, text: code, lines, modules };
}

/** A placeholder for the build time while a program is linked, so that programs that differ only in their times are linked once. */
const ANY_TIME = 1_234_567_890_123;

/** Puts the build time in, with as many digits as ANY_TIME has, since the program knows the places of its texts. */
function withTime(code: string, now: number): string {
  const [before, after, ...more] = code.split(String(ANY_TIME));
  const time = String(Math.floor(now));
  if (after === undefined || more.length > 0 || time.length !== String(ANY_TIME).length) {
    throw new Error(`the build time ${time} does not fit the program`);
  }
  return `${before}${time}${after}`;
}

/** The file with the list of a program's lines, beside the program. */
export function linesFile(programFile: string): string {
  return programFile.replace(/(\.js)?$/, '.lines.json');
}

/** The module `pico-kitchen:board`, as `firmware/board.d.ts` describes it. */
export function boardModule(
  sensors: SensorType[],
  version: string,
  buildTime: number,
  extras: readonly Extra[] = [],
): string {
  const extra = (name: Extra, create: string): string =>
    extras.includes(name) ? `export { ${create} } from 'firmware/${name}.ts';` : `export const ${create} = null;`;
  return [
    ...sensors.map((type, i) => `import { createSensor as create${i} } from 'firmware/sensors/${type}.ts';`),
    `export const features = ${JSON.stringify([...sensors, ...extras])};`,
    `export const firmwareVersion = ${JSON.stringify(version)};`,
    `export const buildTime = ${buildTime};`,
    extra('alarms', 'createAlarms'),
    extra('shadow', 'createShadow'),
    extra('jobs', 'createJobs'),
    'export function createSensor(settings) {',
    ...sensors.map((type, i) => `if (settings.type === '${type}') return create${i}(settings);`),
    "throw new Error('no code for a ' + settings.type + ' in this program');",
    '}',
    '',
  ].join('\n');
}

/** A plugin that gives the text as the module `pico-kitchen:board`. */
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

export function packageVersion(): string {
  return (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;
}
