/** Prints the figures as tables for people, and as BENCHMARKS.md. */
import cStack from './cStack.json' with { type: 'json' };
import type { HandshakeFigures } from './handshake.ts';
import type { CaseFigures, Spread } from './layouts.ts';
import { type Floor, floorOf, type PrimitiveFigures } from './measure.ts';

export interface Figures {
  primitives: PrimitiveFigures[];
  /** Empty without the rig. */
  handshakes: CaseFigures[];
  /** Handshakes with Amazon's roots among the anchors; empty without the rig. */
  amazon: { title: string; figures: HandshakeFigures }[];
}

/** The conditions under which the handshakes were measured. */
export interface Conditions {
  /** Version. */
  node: string;
  layouts: number;
  /** Readings after the second handshake of each run. */
  readings: number;
}

export function primitiveRows(primitives: readonly PrimitiveFigures[]): string[][] {
  return [
    ['primitive', 'Pico W, ms', 'floor, ms', 'the floor is', 'Node, ms', 'program, B', 'heap peak, B'],
    ...primitives.map((primitive) => {
      const { title, nodeMs, device } = primitive;
      const floor = floorOf(primitive, primitives);
      return [
        title,
        device === null ? '-' : device.ms.toFixed(1),
        floor === null ? '-' : floor.ms.toFixed(1),
        floorText(floor),
        nodeMs.toFixed(3),
        device === null ? '-' : count(device.programBytes),
        device === null ? '-' : count(device.heapPeak),
      ];
    }),
  ];
}

function floorText(floor: Floor | null): string {
  return floor === null ? 'itself: nothing smaller is measured' : floor.of;
}

const ROWS: [title: string, name: keyof HandshakeFigures][] = [
  ['first handshake ever, ms', 'firstMs'],
  ['again on the same boot, ms', 'againMs'],
  ['after a power cut, with the chain from flash, ms', 'keptMs'],
  ['computing before the second dial, ms', 'beforeDialMs'],
  ['power-on to first reading acknowledged, first boot, ms', 'firstReadingMs'],
  ['the same after a power cut, ms', 'keptReadingMs'],
  ['reading taken to PUBACK handled, ms of computing', 'readingMs'],
  ['longest turn of the event loop, ms', 'longestTurnMs'],
  ['heap before the first connection, B', 'heapLoaded'],
  ['heap peak, B of 184,312', 'heapPeak'],
  ['program, minified B', 'programBytes'],
];

/** @param which without stalls of the flash, or with them */
export function handshakeRows(cases: readonly CaseFigures[], which: 'plain' | 'stalled'): string[][] {
  return [
    [which === 'plain' ? 'whole program' : 'with stalls of the flash cache', ...cases.map(({ title }) => title)],
    ...ROWS.map(([title, name]) => [title, ...cases.map((figures) => spreadText(figures[which][name]))]),
  ];
}

/** The median, and the range if there is one. */
function spreadText({ median, least, most }: Spread): string {
  const [middle, low, high] = [median, least, most].map((value) => count(Math.round(value)));
  return low === high ? middle : `${middle} (${low}–${high})`;
}

/** Pads columns for a terminal. */
export function alignRows(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
}

export function benchmarksPage(figures: Figures, { node, layouts, readings }: Conditions): string {
  const amazonRows = [
    ['with Amazon’s five roots', 'first, ms', 'again, ms', 'heap peak, B'],
    ...figures.amazon.map(({ title, figures: { firstMs, againMs, heapPeak } }) => [
      title,
      ...[firstMs, againMs, heapPeak].map(count),
    ]),
  ];
  const cRows = [
    ['lwIP and mbedTLS in C', 'RSA-2048 chain, ms', 'P-256 chain, ms'],
    ...cStack.builds.map(({ title, rsaMs, ecMs }) => [title, count(rsaMs), count(ecMs)]),
  ];
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --write`. Board figures are device milliseconds of the real Kaluma 1.2.1 image on an',
    `emulated RP2040 at 125 MHz. Node figures are of ${node} on the machine that ran this.`,
    '',
    '## The whole program',
    '',
    'Mutual TLS 1.2 with the local endpoint (OpenSSL), from TCP connected to the server’s Finished accepted. Chains have three',
    'certificates, those “of four” and “of old” one more; everything is verified. Key pair and ECDSA nonce are made before',
    'dialling. “Again” is a new full handshake after a reset, with the same chain, byte for byte, as the verified one. “After a',
    `power cut” that chain lies in flash. The time of a reading is the median of ${readings} on the second connection.`,
    '',
    `Each case ran in ${layouts} layouts of the heap, which differ by 24 B of padding. A cell has the median, and the least and the`,
    'most in parentheses. The budgets in `scripts/budgets.json` hold for the most of the first table.',
    '',
    ...markdown(handshakeRows(figures.handshakes, 'plain')),
    '',
    'The same with the stalls of the cache in front of the flash chip, 64 cycles a miss, which the table above is without. These',
    'are the better guess at a real board.',
    '',
    ...markdown(handshakeRows(figures.handshakes, 'stalled')),
    '',
    'With `"aws"` among the anchors of the config, Amazon’s five roots beside the root of the chain, each measured once:',
    '',
    ...markdown(amazonRows),
    '',
    'Libraries in C on the same chip (`scripts/bench/cStack.json`, without stalls):',
    cStack.source,
    '',
    ...markdown(cRows),
    '',
    '## Primitives',
    '',
    'Each primitive runs in a program of its own; the heap peak includes Kaluma’s own 14 KB and the measuring. The floor of a',
    'primitive is what its parts take alone, as this table has them.',
    '',
    ...markdown(primitiveRows(figures.primitives)),
    '',
  ].join('\n');
}

function markdown(rows: readonly string[][]): string[] {
  const [head, ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`);
  return [head, `| --- |${' ---: |'.repeat(rows[0].length - 1)}`, ...body];
}

function count(value: number): string {
  return value.toLocaleString('en');
}
