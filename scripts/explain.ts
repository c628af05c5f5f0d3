/** `npm run explain`: a handshake with the endpoint and a message through it, explained byte by byte. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { DEFAULT_BOARD_FILE } from './config/config.ts';
import { assemble } from './explain/assemble.ts';
import { converse } from './explain/converse.ts';
import { configuredTarget, localTarget } from './explain/target.ts';
import { renderPage } from './explain/html.ts';
import { writeText } from './explain/text.ts';
import { defineCommand, EXIT, interruption, main, UserError } from './lib/cli.ts';
import { printable } from './lib/console.ts';
import { writePrivateFile } from './lib/files.ts';
import { saidInPlain } from './lib/plainText.ts';

await main(
  defineCommand({
    name: 'npm run explain --',
    summary: [
      'Connects as the board does, publishes one message, and explains every byte that went over the wire: records,',
      'messages and fields with their meaning and RFC section, encrypted ones decrypted. Talks to the endpoint of',
      `${DEFAULT_BOARD_FILE}, or without one to a local endpoint made for the occasion. A board that is connected under`,
      'the same name is dropped by its broker for a moment, and comes back by itself.',
    ].join('\n'),
    options: {
      board: { type: 'string', value: 'FILE', description: 'the board config whose endpoint is meant' },
      local: { type: 'boolean', description: 'the local endpoint, even if there is a board config' },
      html: { type: 'string', value: 'FILE', description: 'write a page to click through instead of text' },
      secrets: { type: 'boolean', description: 'show keys and passwords too: keep the result to yourself' },
      keylog: {
        type: 'string',
        value: 'FILE',
        description: 'write the key that lets Wireshark decrypt the connection',
      },
    },
    examples: ['npm run explain', 'npm run explain -- --local --html explained.html'],
    async run({ options, console }) {
      const { board, local, html, secrets, keylog } = options;
      if (board !== undefined && local) throw new UserError('--board and --local exclude each other', EXIT.usage);
      if (html !== undefined && keylog !== undefined && resolve(html) === resolve(keylog)) {
        throw new UserError(`--html and --keylog: expected two files, found ${html} for both`, EXIT.usage);
      }
      const file = local ? undefined : (board ?? (existsSync(DEFAULT_BOARD_FILE) ? DEFAULT_BOARD_FILE : undefined));
      // In order, so that the local endpoint's folder goes.
      interruption().addEventListener('abort', () => process.exit(EXIT.failure));
      const { target, close } =
        file === undefined
          ? await localTarget('rsa')
          : { target: configuredTarget(file), close: (): Promise<void> => Promise.resolve() };
      try {
        console.note(
          `connecting to ${target.host} port ${target.port}${file === undefined ? ', a local endpoint' : ''}`,
        );
        const { recording, error } = await converse(target);
        const entries = assemble(recording, { withSecrets: secrets });
        const line = recording.keyLogLine();
        if (keylog !== undefined && line !== null) {
          writePrivateFile(keylog, line);
          console.note(`wrote ${keylog}: Wireshark takes it as (Pre)-Master-Secret log`);
        } else if (keylog !== undefined) {
          console.note(`no keys were agreed: ${keylog} was not written`);
        }
        if (html !== undefined) {
          writePrivateFile(
            html,
            renderPage(entries, { host: target.host, port: target.port, time: new Date(), secrets }),
          );
          console.note(`wrote ${html}: open it in a browser`);
        } else {
          writeText(
            entries,
            (style, text) => console.style(style, text),
            (text) => console.line(text),
          );
        }
        if (error !== null) {
          throw new UserError(`the connection failed: ${printable(error.message)}${saidInPlain(recording.unread)}`);
        }
      } finally {
        await close();
      }
    },
  }),
);
