/** The lines of `src/` that the page shows, as they are now. */
import { readFileSync } from 'node:fs';
import { CODE, type CodeName, type CodePlace } from './code.ts';
import type { PageCode } from './page/data.ts';

/** Number of lines shown before the meant line. */
const BEFORE = 4;
/** Number of lines shown behind it. */
const BEHIND = 4;

const ROOT = new URL('../../', import.meta.url);

export function codePlaces(): Record<CodeName, PageCode> {
  const places = Object.entries(CODE).map(([name, place]) => [name, placeOf(place)] as const);
  return Object.fromEntries(places) as Record<CodeName, PageCode>;
}

/** Returns line 0 if no line has the mark. Then `src/` has changed, and a test says that code.ts must follow. */
function placeOf({ file, mark }: CodePlace): PageCode {
  const lines = readFileSync(new URL(file, ROOT), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(mark));
  if (at < 0) return { file, line: 0, text: '', firstLine: 0 };
  const first = Math.max(0, at - BEFORE);
  const text = lines.slice(first, at + BEHIND + 1).join('\n');
  return { file, line: at + 1, text, firstLine: first + 1 };
}
