/** Prints the figures as tables for people, and as BENCHMARKS.md. */
import budgets from '../budgets.json' with { type: 'json' };
import type { HandshakeFigures } from './handshake.ts';
import type { PrimitiveFigures } from './measure.ts';

export interface Figures {
  primitives: PrimitiveFigures[];
  /** Empty without the rig. */
  handshakes: HandshakeFigures[];
}

/** lwIP, altcp_tls and mbedTLS on the same emulated chip, measured once: TCP connected to handshake complete, ms. */
const C_STACK = [
  ['pico-sdk 2.0.0, mbedTLS 2.28.8, as in the examples', 3136, 8690],
  ['the same with ECP_NIST_OPTIM (stock since 2.1.1)', 902, 1952],
  ['pico-sdk 2.2.0, mbedTLS 3.6.2, stock', 799, 1229],
  ['the same with assembly', 642, 1093],
] as const;

/** Measured once on the rig, with `"anchors": ["root.pem", "aws"]` in the config. */
const WITH_AMAZON = [
  'With Amazon’s five roots (`"aws"`) beside the root of the chain as anchors, the first handshake took 3,704 ms below RSA-2048,',
  '7,217 ms below RSA-4096 (as below Amazon Root CA 2) and 14,177 ms on P-384 (Amazon Root CA 4), and the next one 2,596, 2,874 and',
  '6,987 ms. The heap’s peak was 156,296, 156,392 and 157,168 B. These were measured once, and are typed into `scripts/bench/report.ts`.',
];

export function primitiveRows(primitives: readonly PrimitiveFigures[]): string[][] {
  return [
    ['primitive', 'Pico W, ms', 'Node, ms', 'program, B', 'heap peak, B'],
    ...primitives.map(({ title, nodeMs, device }) => [
      title,
      device === null ? '-' : device.ms.toFixed(1),
      nodeMs.toFixed(3),
      device === null ? '-' : count(device.programBytes),
      device === null ? '-' : count(device.heapPeak),
    ]),
  ];
}

export function handshakeRows(handshakes: readonly HandshakeFigures[]): string[][] {
  const row = (title: string, value: (figures: HandshakeFigures) => number): string[] => [
    title,
    ...handshakes.map((figures) => count(Math.round(value(figures)))),
  ];
  return [
    ['whole program', ...handshakes.map(({ title }) => title)],
    row('first handshake since boot, ms', ({ firstMs }) => firstMs),
    row('again with the same chain, ms', ({ againMs }) => againMs),
    row('power-on to first reading acknowledged, ms', ({ firstReadingMs }) => firstReadingMs),
    row('reading taken to PUBACK handled, ms of computing', ({ readingMs }) => readingMs),
    row('longest turn of the event loop, ms', ({ longestTurnMs }) => longestTurnMs),
    row('heap before the first connection, B', ({ heapLoaded }) => heapLoaded),
    row('heap peak, B of 184,312', ({ heapPeak }) => heapPeak),
    row('readings acknowledged after it', ({ readings }) => readings),
    row('program, minified B', ({ programBytes }) => programBytes),
  ];
}

/** Pads columns for a terminal. */
export function alignRows(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
}

/** Describes each budget that the figures exceed. */
export function brokenBudgets({ handshakes }: Figures): string[] {
  return handshakes.flatMap((figures) => {
    const own = budgets.handshakes.find(({ title }) => title === figures.title);
    if (own === undefined) throw new Error(`scripts/budgets.json has no handshake '${figures.title}'`);
    const limit = { ...budgets, ...own };
    const checks: [what: string, value: number, limit: number][] = [
      ['first handshake, ms', figures.firstMs, limit.firstMs],
      ['second handshake, ms', figures.againMs, limit.againMs],
      ['first reading, ms', figures.firstReadingMs, limit.firstReadingMs],
      ['computing for a reading, ms', figures.readingMs, limit.readingMs],
      ['longest turn, ms', figures.longestTurnMs, limit.longestTurnMs],
      ['heap after load, B', figures.heapLoaded, limit.heapLoadedBytes],
      ['heap peak, B', figures.heapPeak, limit.heapPeakBytes],
    ];
    return checks
      .filter(([, value, most]) => !(value <= most))
      .map(([what, value, most]) => `${figures.title}: ${what}: ${count(Math.round(value))}, budget ${count(most)}`);
  });
}

export function benchmarksPage(figures: Figures, node: string): string {
  const cRows = [
    ['lwIP and mbedTLS in C', 'RSA-2048 chain, ms', 'P-256 chain, ms'],
    ...C_STACK.map(([build, rsa, ecdsa]) => [build, count(rsa), count(ecdsa)]),
  ];
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --write`. Board figures are device milliseconds of the real Kaluma 1.2.1 image',
    'on an emulated RP2040 at 125 MHz, which repeat exactly except for waits for the peer; stalls of the flash cache are not',
    `modelled, so a real board is some tenths slower. Node figures are of ${node} on the machine that ran this.`,
    '',
    '## The whole program',
    '',
    'Mutual TLS 1.2 with the local endpoint (OpenSSL): four certificates of about 4.9 KB, the anchor second from the top,',
    'everything verified; from TCP connected to the server’s Finished accepted. Key pair and ECDSA nonce are made before',
    'dialling. “Again” is a new full handshake after a reset, with the same chain, byte for byte, as the verified one.',
    '',
    ...markdown(handshakeRows(figures.handshakes)),
    '',
    ...WITH_AMAZON,
    '',
    'Libraries in C on the same chip. These figures were measured once, in the same way, and are typed into',
    '`scripts/bench/report.ts` (same chain sizes, P-256 device key; they check no dates; heap peak 34 KB):',
    '',
    ...markdown(cRows),
    '',
    '## Primitives',
    '',
    'Each primitive runs in a program of its own; the heap peak includes Kaluma’s own 14 KB and the measuring.',
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
