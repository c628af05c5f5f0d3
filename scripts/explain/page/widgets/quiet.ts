/** What a board computes while the line is quiet: SHA-256 above all. */
import { HANDSHAKE } from '../../../../src/tls/record.ts';
import { data, facts } from '../connection.ts';
import { make } from '../dom.ts';

/** ms that a block of 64 bytes takes a Pico W: src/tls/transcript.ts. */
const BLOCK = 12;

export function quietFigure(): HTMLElement {
  const figure = make('figure', 'quiet');
  const flight = data.entries.findIndex(({ kind, titles }) => kind === 'out' && titles.includes('ClientKeyExchange'));
  const from = data.entries[flight - 1]?.at?.ms ?? 0;
  const to = data.entries[flight]?.at?.ms ?? from;
  const start = data.entries.find(({ at }) => at !== null)?.at?.ms ?? 0;
  const end = data.entries.findLast(({ blocks }) => blocks[0].hex.startsWith(HANDSHAKE.toString(16)))?.at?.ms ?? to;
  const { chain, observed } = facts;
  const hashed = [
    ...(chain?.path ?? []).map(({ tbs }) => tbs.length),
    observed.messages.reduce((sum, { bytes }) => sum + bytes.length, 0),
  ];
  // Each hash pads by 9 bytes at least.
  const blocks = hashed.reduce((sum, length) => sum + Math.ceil((length + 9) / 64), 0);
  const total = hashed.reduce((sum, length) => sum + length, 0);
  const rows: [string, string][] = [
    ['the whole handshake', `${milliseconds(end - start)}`],
    ['from ServerHelloDone to the board’s answer', `${milliseconds(to - from)}, in which nothing was on the wire`],
    ['SHA-256 of messages and certificates', `${total.toLocaleString('en')} bytes in ${blocks} blocks of 64`],
    ['on a Pico W', `${BLOCK} ms a block: ${milliseconds(blocks * BLOCK)}`],
    ['besides', 'a signature of the server’s, one for each certificate, two points, a signature of its own'],
  ];
  const list = make('dl');
  for (const [name, value] of rows) list.append(make('dt', '', name), make('dd', '', value));
  figure.append(make('h3', '', 'What the board does while the line is quiet'), list);
  return figure;
}

function milliseconds(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ms`;
}
