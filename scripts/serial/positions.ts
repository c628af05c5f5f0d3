import { readFileSync } from 'node:fs';
import { linesFile } from '../image/program.ts';

/**
 * Turns the lines in Kaluma's stack traces, such as `at <anonymous>:20`, into positions in the sources, by the list that
 * the build wrote beside the program. Without a list texts stay unchanged. So does line 0, which the engine prints for an
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
