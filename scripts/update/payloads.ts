/** Builds what is sent to boards: one program for all of them, or the settings of each. */
import type { KeyObject } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asciiJson } from '../../firmware/storedSettings.ts';
import { HEADER, parseHeader } from '../../firmware/update/manifest.ts';
import { readBoardFiles } from '../config/files.ts';
import { writePrivateFile } from '../lib/files.ts';
import { buildImage, EXTRAS, packageVersion, partsOf, type Extra, type SensorType } from '../image/program.ts';
import { boardSettings } from '../image/settings.ts';
import { SENSOR_TYPES } from '../../firmware/sensors/catalogue.ts';
import { EXIT, UserError } from '../lib/cli.ts';
import type { UpdatedBoard } from './targets.ts';
import { makeUpdate, type Update } from './file.ts';

/** Version of the bootstrap that loads programs as they are built now. */
const BOOTSTRAP = 1;

export interface Wishes {
  key: KeyObject;
  rollback: boolean;
  /** ms since 1970. */
  now: number;
  /** Folder of builds. */
  outDir: string;
  /** Sensors and features whose code a program has beside those of the configs; none unless given. */
  also?: readonly (SensorType | Extra)[];
}

/** @param list of `--also`, such as `rp2040,alarms` @throws UserError for a name that is none */
export function readAlso(list: string): (SensorType | Extra)[] {
  const known = [...SENSOR_TYPES, ...EXTRAS];
  return list.split(',').map((name) => {
    const found = known.find((one) => one === name.trim());
    if (found !== undefined) return found;
    throw new UserError(`--also: found '${name}'; wanted one or more of ${known.join(', ')}, with commas`, EXIT.usage);
  });
}

/**
 * Builds one program for all boards and signs it. If the sources have not changed, it is the same update as before,
 * so that boards can continue a transfer that was interrupted.
 */
export async function programUpdate(boards: readonly UpdatedBoard[], wishes: Wishes): Promise<Update> {
  const { key, rollback, now, outDir, also = [] } = wishes;
  const parts = boards.map(({ config }) => partsOf(config));
  const wanted = new Set([...also, ...parts.flatMap(({ sensors, extras }) => [...sensors, ...extras])]);
  const sensors = SENSOR_TYPES.filter((type) => wanted.has(type)).sort();
  const extras = EXTRAS.filter((extra) => wanted.has(extra));
  const features = [...sensors, ...extras];
  const version = packageVersion();
  const file = join(outDir, `update-${version}-${features.join('-')}.bin`);
  const earlier = readEarlier(file);
  const build = async (made: number): Promise<Update> => {
    const { text } = await buildImage({ sensors, extras, version, now: made * 1000 });
    const facts = { kind: 'program' as const, version, made, sensors: features, bootstrap: BOOTSTRAP };
    return makeUpdate({ ...facts, ...(rollback && { rollback }) }, Buffer.from(text, 'latin1'), key);
  };
  if (earlier !== null) {
    // With the same build time, equal sources give an equal text.
    const again = await build(earlier.made);
    if (again.manifest.id === earlier.id) return again;
  }
  const update = await build(Math.floor(now / 1000));
  writePrivateFile(file, update.file);
  return update;
}

/**
 * Signs the settings of a board. They do not contain its private key: the board keeps its own. If they have not changed since
 * the last run, it is the same update as before, as with programs.
 * @param updateKeys those of `settingsKeys()`
 */
export function settingsUpdate(
  { file, config }: UpdatedBoard,
  updateKeys: string[],
  { key, rollback, now, outDir }: Wishes,
): Update {
  const files = readBoardFiles(config, file, now);
  const needed = partsOf(config);
  const build = (made: number): Update => {
    const settings = boardSettings(config, files, made * 1000, updateKeys);
    if (settings.identity !== null) settings.identity.key = { type: 'ec', privateKey: '' };
    const facts = {
      kind: 'settings' as const,
      version: packageVersion(),
      made,
      sensors: [...needed.sensors, ...needed.extras],
      bootstrap: BOOTSTRAP,
      thing: config.thing,
    };
    return makeUpdate({ ...facts, ...(rollback && { rollback }) }, Buffer.from(asciiJson(settings)), key);
  };
  const last = settingsFile(outDir, config.thing);
  const earlier = readEarlier(last);
  if (earlier !== null) {
    const again = build(earlier.made);
    if (again.manifest.id === earlier.id) return again;
  }
  const update = build(Math.floor(now / 1000));
  // Only the header, since the settings hold passwords.
  writePrivateFile(last, update.file.subarray(0, HEADER));
  return update;
}

/** The next run makes a board's settings anew: the board has refused these, which may be older than what was flashed since. */
export function forgetSettings(outDir: string, thing: string): void {
  rmSync(settingsFile(outDir, thing), { force: true });
}

function settingsFile(outDir: string, thing: string): string {
  return join(outDir, `update-settings-${thing.replaceAll(':', '=')}.bin`);
}

/** The id and build time of the last run's update. */
function readEarlier(file: string): { id: string; made: number } | null {
  try {
    return parseHeader(readFileSync(file).toString('latin1', 0, HEADER)).manifest;
  } catch {
    return null;
  }
}
