import { readFileSync } from 'node:fs';
import { linesFile } from '../image/program.ts';

/**
 * Turns the lines that Kaluma's stack traces name, as in `at <anonymous>:20`, into places in the sources, by the list
 * that the build left beside the program. Without a list, texts stay as they are. So does line 0, the engine's word for an
 * unknown line.
 */
export function positionMapper(programFile: string): (text: string) => string {
  const lines = readLines(linesFile(programFile));
  return (text) => text.replace(/<anonymous>:(\d+)/g, (position, line: string) => lines[Number(line) - 1] || position);
}

function readLines(file: string): string[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as string[];
  } catch {
    return [];
  }
}
