/** `npm run explain`: makes a handshake with the endpoint, sends a message through it, and explains both byte by byte. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_BOARD_FILE } from '../config/config.ts';
import { assemble } from './assemble.ts';
import { checksOf } from './checks.ts';
import { writeChecks } from './checksText.ts';
import { type Conversation, converse } from './converse.ts';
import { factsOf } from './facts.ts';
import { renderPage } from './html.ts';
import { converseLocally } from './local.ts';
import { renderPcap } from './pcap.ts';
import { writeSite } from './site.ts';
import { shownTape } from './tape.ts';
import { boardName, configuredTarget } from './target.ts';
import { COLUMNS, writeText } from './text.ts';
import { workingsOf } from './workings.ts';
import { confirm } from '../lib/ask.ts';
import { defineCommand, EXIT, UserError } from '../lib/cli.ts';
import { type Console, printable } from '../lib/console.ts';
import { writePrivateFile } from '../lib/files.ts';
import { saidInPlain } from '../lib/plainText.ts';

const FILES = ['html', 'keylog', 'pcap'] as const;

interface Wishes {
  html: string | undefined;
  board: string | undefined;
  local: boolean;
  'take-over': boolean;
  publish: boolean;
}

export const explainCommand = defineCommand({
  name: 'npm run explain --',
  summary: [
    'Connects as the board does and explains every byte that went over the wire: records, messages and fields with',
    'their meaning and RFC section, encrypted ones decrypted, and what both sides check. --html writes a page with a',
    `guided tour, on which every byte can be broken. Talks to the endpoint of ${DEFAULT_BOARD_FILE}, or without one to`,
    'a local endpoint made for the occasion. An endpoint lets one client of a name in: a board that is connected is',
    'thrown out for a moment. So you are asked before, or say --take-over; otherwise the handshake is all.',
  ].join('\n'),
  options: {
    board: { type: 'string', value: 'FILE', description: 'the board config whose endpoint is meant' },
    local: { type: 'boolean', description: 'the local endpoint, even if there is a board config' },
    html: { type: 'string', value: 'FILE', description: 'write a page with a tour through it instead of text' },
    site: { type: 'string', value: 'DIR', description: 'write a folder to be hosted: an index and two such pages' },
    secrets: { type: 'boolean', description: 'show keys and passwords of a board, too: keep the result to yourself' },
    'take-over': { type: 'boolean', description: "connect under the board's name without asking" },
    publish: { type: 'boolean', description: "publish a note to the readings' topic, not to the replies'" },
    keylog: {
      type: 'string',
      value: 'FILE',
      description: 'write the key that lets Wireshark decrypt the connection',
    },
    pcap: { type: 'string', value: 'FILE', description: 'write the connection as a capture for Wireshark' },
  },
  examples: ['npm run explain', 'npm run explain -- --local --html explained.html'],
  async run({ options, console }) {
    const { board, local, html, site, keylog, pcap } = options;
    if (board !== undefined && local) throw new UserError('--board and --local exclude each other', EXIT.usage);
    refuseOneFileForTwo(options);
    if (site !== undefined) {
      for (const file of await writeSite(site)) console.note(`wrote ${file}`);
      console.note(`open ${join(site, 'index.html')} in a browser, or put the folder on any web server`);
      return;
    }
    const { port, recording, tape, error } = await connection(options, console);
    // The secrets of a local endpoint are thrown away with it, so they may be shown.
    const secrets = options.secrets || tape.kind === 'local';
    const entries = assemble(recording, { withSecrets: secrets });
    if (keylog !== undefined) {
      const line = recording.keyLogLine();
      if (line === null) {
        console.note(`no keys were agreed: ${keylog} was not written`);
      } else {
        writePrivateFile(keylog, line);
        console.note(`wrote ${keylog}: Wireshark takes it as (Pre)-Master-Secret log`);
      }
    }
    if (pcap !== undefined) {
      writePrivateFile(pcap, renderPcap(tape));
      console.note(`wrote ${pcap}: Wireshark opens it, and with --keylog decrypts it`);
    }
    const shown = shownTape(tape, { withSecrets: secrets });
    const { host } = tape;
    if (html !== undefined) {
      const page = renderPage(entries, { host, port, time: new Date(tape.time), secrets, tape: shown });
      writePrivateFile(html, page);
      console.note(`wrote ${html}: open it in a browser`);
    } else {
      const facts = factsOf(shown);
      const screen = {
        paint: console.style.bind(console),
        say: console.line.bind(console),
        columns: terminalColumns(),
      };
      writeText(entries, screen);
      writeChecks(checksOf(facts, workingsOf(facts)), error?.message ?? null, screen);
    }
    if (error !== null) {
      throw new UserError(`the connection failed: ${printable(error.message)}${saidInPlain(recording.unread)}`);
    }
  },
});

/** @throws UserError if two of the files are the same */
function refuseOneFileForTwo(options: Readonly<Record<(typeof FILES)[number], string | undefined>>): void {
  for (const [i, one] of FILES.entries()) {
    for (const other of FILES.slice(i + 1)) {
      const [file, second] = [options[one], options[other]];
      if (file === undefined || second === undefined || resolve(file) !== resolve(second)) continue;
      throw new UserError(`--${one} and --${other}: expected two files, found ${file} for both`, EXIT.usage);
    }
  }
}

/** Connects to the endpoint that the options choose. @throws UserError if nobody answers */
async function connection(wishes: Wishes, console: Console): Promise<Conversation & { port: number }> {
  const { board, local, publish } = wishes;
  const file = local ? undefined : (board ?? (existsSync(DEFAULT_BOARD_FILE) ? DEFAULT_BOARD_FILE : undefined));
  if (file === undefined) {
    let port = 0;
    const onTarget = (found: number): void => {
      port = found;
      console.note(`connecting to endpoint.test port ${port}, a local endpoint`);
    };
    const conversation = await converseLocally('rsa', { forPage: wishes.html !== undefined, onTarget });
    return { ...conversation, port };
  }
  const talks = await mayTakeOver(wishes, boardName(file), console);
  const target = configuredTarget(file, { talks, publishes: publish });
  console.note(`connecting to ${target.host} port ${target.port}${talks ? '' : ', for the handshake only'}`);
  return { ...(await converse(target)), port: target.port };
}

/** Asks whether the board may be disconnected. It asks before dialling, because no server waits for a person's answer. */
async function mayTakeOver(wishes: Wishes, thing: string, console: Console): Promise<boolean> {
  if (wishes['take-over']) return true;
  if (console.interactive && process.stdin.isTTY) {
    return confirm(`Connect as ${thing}? If the board is on, it is thrown out for a moment.`);
  }
  console.note(`${thing} may be on, and CONNECT would throw it out: --take-over goes on behind the handshake`);
  return false;
}

/** Columns of the terminal, also if the text goes through a pipe to a pager on it. */
function terminalColumns(): number {
  const { stdout, stderr } = process;
  return stdout.isTTY ? stdout.columns : stderr.isTTY ? stderr.columns : COLUMNS;
}
