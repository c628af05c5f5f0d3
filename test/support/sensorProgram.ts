/** A program for a board with one sensor, for tests that run it on the real engine without a broker. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SensorTypeOn } from '../../firmware/sensors/catalogue.ts';
import { prepareFolder } from '../../scripts/endpoint/folder.ts';
import { buildProgram } from '../../scripts/image/program.ts';
import { setInJson } from '../../scripts/provision/jsonText.ts';

/** @param folder for it, its config and its certificates @returns the program's path */
export async function sensorProgram(folder: string, type: SensorTypeOn<'i2c'>): Promise<string> {
  const prepared = await prepareFolder({ folder, kind: 'ecdsa', host: 'endpoint.test' });
  prepared.writeBoardConfig(8883, 5);
  const { boardFile } = prepared;
  writeFileSync(boardFile, setInJson(readFileSync(boardFile, 'utf8'), ['sensor'], { type }));
  const { file } = await buildProgram({ boardFile, outDir: join(folder, type) });
  return file;
}
