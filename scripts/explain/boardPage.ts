/** The page of a handshake that a board did with the local endpoint, seen from the server's side. */
import { readFileSync } from 'node:fs';
import type { EndpointFolder } from '../endpoint/folder.ts';
import type { Endpoint } from '../endpoint/localEndpoint.ts';
import type { Tapped } from '../endpoint/tap.ts';
import { writePrivateFile } from '../lib/files.ts';
import { nameForPeople } from '../lib/names.ts';
import { assemble } from './assemble.ts';
import { renderPage } from './html.ts';
import { seenRecording } from './seenRecording.ts';
import type { Tape } from './tape.ts';
import { decodePem, trustAnchor } from '../../src/index.ts';

/** ms that are left for what follows a reading: its acknowledgement is on its way then. */
const AFTER_READING = 300;

/** Options for starting the endpoint, and functions to call when it runs, and before it ends. */
export interface FirstReading {
  onTap: (tap: Tapped) => void;
  follow: (endpoint: Endpoint) => void;
  /** Writes the page if it is still to be written, or says why there is none. */
  finish: () => void;
}

/**
 * Writes a page of the first connection over which a reading comes.
 * @param say is told that it was written, or why it could not be
 */
export function explainFirstReading(
  file: string,
  folder: Pick<EndpointFolder, 'host' | 'deviceAuthority' | 'anchorFile'>,
  say: (text: string) => void,
): FirstReading {
  const taps: Tapped[] = [];
  let isWritten = false;
  let write: (() => void) | null = null;
  return {
    onTap: (tap) => void taps.push(tap),
    follow(endpoint) {
      const { port } = endpoint;
      endpoint.once('reading', () => {
        const tap = taps.findLast(({ masterSecret }) => masterSecret !== null);
        if (tap === undefined) return;
        write = () => {
          if (isWritten) return;
          isWritten = true;
          try {
            writePrivateFile(file, renderBoardPage(tap, folder, port));
            say(`wrote ${file}: the board's handshake, explained; open it in a browser`);
          } catch (error) {
            say(error instanceof Error ? error.message : String(error));
          }
        };
        setTimeout(write, AFTER_READING);
      });
    },
    finish() {
      if (write === null) say(`no reading came: ${file} was not written`);
      else write();
    },
  };
}

export function renderBoardPage(
  tap: Tapped,
  { host, deviceAuthority, anchorFile }: Pick<EndpointFolder, 'host' | 'deviceAuthority' | 'anchorFile'>,
  port: number,
): string {
  const [{ der: anchor }] = decodePem(readFileSync(anchorFile, 'utf8'), 'CERTIFICATE');
  const [{ der: authority }] = decodePem(deviceAuthority, 'CERTIFICATE');
  const tape: Tape = {
    kind: 'board',
    host,
    time: tap.begin,
    anchors: [trustAnchor(anchor, nameForPeople(anchor))],
    certificates: [],
    deviceAuthority: authority,
    exchange: tap.chunks,
    secrets: null,
    masterSecret: tap.masterSecret,
    oldKeyExchange: null,
  };
  const entries = assemble(seenRecording(tape), { withSecrets: true });
  return renderPage(entries, { host, port, time: new Date(tap.begin), secrets: true, tape });
}
