/** Shows what a board computes while the line is quiet: SHA-256 above all. */
import { hashBlocks } from '../../hashBlocks.ts';
import { data, facts } from '../connection.ts';
import { make } from '../dom.ts';
import { HANDSHAKE } from '../../../../src/trace.ts';

/** ms that a block of 64 bytes takes a Pico W: src/tls/transcript.ts. */
const BLOCK = 12;

export function quietFigure(): HTMLElement {
  const figure = make('figure', 'quiet');
  const flight = data.entries.findIndex(({ kind, titles }) => kind === 'out' && titles.includes('ClientKeyExchange'));
  const from = data.entries[flight - 1]?.at?.ms ?? 0;
  const to = data.entries[flight]?.at?.ms ?? from;
  const start = data.entries.find(({ at }) => at !== null)?.at?.ms ?? 0;
  const end = data.entries.findLast(({ blocks }) => blocks[0].hex.startsWith(HANDSHAKE.toString(16)))?.at?.ms ?? to;
  const { transcript, signed, derived } = hashBlocks(facts);
  const hashing = (transcript + signed + derived) * BLOCK;
  // A simulated board computes as fast as the PC that it is on.
  const share = hashing < end - start ? `, ${Math.round((100 * hashing) / (end - start))} % of this handshake` : '';
  const rows: [string, string][] = [
    ['the whole handshake', milliseconds(end - start)],
    ['from ServerHelloDone to the board’s answer', `${milliseconds(to - from)}, in which nothing was on the wire`],
    [
      'SHA-256',
      `${transcript} blocks of 64 bytes for the fingerprint of all messages, ${signed} for what others have signed, ${derived} for keys and Finished`,
    ],
    ['on a Pico W', `${BLOCK} ms a block make ${milliseconds(hashing)}${share}`],
    ['besides', 'a signature of the server’s, one for each certificate, the shared point, a signature of its own'],
  ];
  const list = make('dl');
  for (const [name, value] of rows) list.append(make('dt', '', name), make('dd', '', value));
  figure.append(make('h3', '', 'What the board does while the line is quiet'), list);
  return figure;
}

function milliseconds(value: number): string {
  return `${Math.round(value).toLocaleString('en')} ms`;
}
