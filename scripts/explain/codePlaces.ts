/** The lines of `src/` that the page shows, as they are now. */
import { readFileSync } from 'node:fs';
import { CODE, type CodeName, type CodePlace } from './code.ts';
import type { PageCode } from './page/data.ts';

/** Lines shown before the one that is meant, and behind it. */
const BEFORE = 4;
const BEHIND = 4;

const ROOT = new URL('../../', import.meta.url);

export function codePlaces(): Record<CodeName, PageCode> {
  const places = Object.entries(CODE).map(([name, place]) => [name, placeOf(place)] as const);
  return Object.fromEntries(places) as Record<CodeName, PageCode>;
}

/** Without a line if the mark is in none: it went with a change of `src/`, and a test tells that code.ts must follow. */
function placeOf({ file, mark }: CodePlace): PageCode {
  const lines = readFileSync(new URL(file, ROOT), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(mark));
  if (at < 0) return { file, line: 0, text: '', firstLine: 0 };
  const first = Math.max(0, at - BEFORE);
  const text = lines.slice(first, at + BEHIND + 1).join('\n');
  return { file, line: at + 1, text, firstLine: first + 1 };
}
