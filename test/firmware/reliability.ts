/** docs/RELIABILITY.md: each run that measures something writes its own section, and leaves the others. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Endured } from './endure.ts';

const PAGE = 'docs/RELIABILITY.md';

/** Whether results are to be written. */
export const isWriting = process.env.RELIABILITY === 'write';

const HEAD = `# What the board survives

Written by \`RELIABILITY=write npm test -- firmware/faults\`; the parts about the real image are written only where the rig is
installed (CONTRIBUTING.md). The tests impose one fault after the other on the program as it is flashed, and remove it again. The
board must then publish again by itself within the limit, and every reading must arrive, in order; none may be lost silently.

- _Back after_: from the end of the fault to the next acknowledged reading. Most of it is the wait before an attempt, which is random.
- _Twice_: readings that the broker got again, marked DUP, because their acknowledgement was lost. A reading comes again without
  the mark only if a power cut made the board forget that it had sent it.

Other tests unplug each kind of sensor and plug it in again (\`sensors.test.ts\`), cut the power at each single write of the queue
(\`queue.test.ts\`), and run a program that makes no progress (\`wedged.test.ts\`).
`;

/** The sections, in their order. */
const TITLES = [
  'On the simulated board',
  'With three sensors and alarms, on the simulated board',
  'Eight hours of random faults, on the simulated board',
  'On the real image',
  'Hours of random faults, on the real image',
  'The heap over time, on the real image',
  'Ten thousand boards at one broker, simulated',
  'Power cuts in an update of settings, on the simulated board',
  'Hostile peers, on the simulated board',
  'Hostile peers, on the real image',
  'The C heap under a fast sender, on the real image',
  'Three sensors for an hour, on the real image',
  'Updates, on the simulated board',
  'Updates, on the real image',
  'Flashing over USB, on the real image',
  "AWS Device Advisor's cases, on the simulated board",
  "AWS Device Advisor's cases, on the real image",
] as const;

export type Title = (typeof TITLES)[number];

export function writeSection(title: Title, text: string): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const sections = TITLES.map((other) => {
    const content = other === title ? text : page.split(`\n## ${other}\n`)[1]?.split('\n## ')[0];
    return content === undefined ? '' : `\n## ${other}\n\n${content.trim()}\n`;
  });
  writeFileSync(PAGE, HEAD + sections.join(''));
}

/** A table in the form that oxfmt gives it; columns of numbers but for the first, unless all are text. */
export function table(rows: readonly (readonly string[])[], { isText = false } = {}): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const [head, ...body] = rows.map((row) =>
    line(
      row.map((cell, column) => (column === 0 || isText ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))),
    ),
  );
  const rule = line(
    widths.map((width, column) => (column === 0 || isText ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  );
  return [head, rule, ...body].join('\n');
}

export const COLUMNS = ['Fault', 'limit', 'back after', 'taken', 'received', 'twice', 'dropped', 'restarts'];

export function cells({ fault, back, taken, received, twice, dropped, restarts }: Endured): string[] {
  return [
    fault.name,
    `${fault.limit} s`,
    `${Math.ceil(back)} s`,
    ...[taken, received, twice, dropped, restarts].map(String),
  ];
}
