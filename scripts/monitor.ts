/** `npm run monitor`: shows the log of a connected board. */
import { defineCommand, interruption, main } from './lib/cli.ts';
import { monitor } from './serial/monitor.ts';
import { positionMapper } from './serial/positions.ts';
import { awaitPort } from './serial/port.ts';
import { programOf } from './lib/boardPaths.ts';
import { DEFAULT_BOARD_FILE } from './config/config.ts';
import { ConfigError } from './config/errors.ts';

await main(
  defineCommand({
    name: 'npm run monitor --',
    summary:
      'Shows the log of a board on USB, through resets and unplugging, until Ctrl-C; waits for a board if there is none.',
    options: {
      board: { type: 'string', value: 'FILE', description: 'config of the board', default: DEFAULT_BOARD_FILE },
      port: { type: 'string', value: 'PORT', description: 'serial port (default: the one board that is connected)' },
      log: { type: 'string', value: 'FILE', description: 'also append every line to this file' },
      program: {
        type: 'string',
        value: 'FILE',
        description:
          'the program on the board, whose build says where its errors are in the sources (default: that of --board)',
      },
      json: { type: 'boolean', description: 'print one JSON object a line' },
    },
    examples: ['npm run monitor', 'npm run monitor -- --log kitchen.log', 'npm run -s monitor -- --json | jq .message'],
    async run({ options, console }) {
      const signal = interruption();
      const path = await awaitPort(options.port, signal, (why) => console.note(`${why}; waiting for one`));
      if (path === null) return;
      await monitor({
        path,
        console,
        logFile: options.log,
        json: options.json,
        mapPositions: positionMapper(options.program ?? programIfKnown(options.board)),
        signal,
      });
    },
  }),
);

/** Without a config the log can still be shown, but errors have no positions in the sources. */
function programIfKnown(boardFile: string): string {
  try {
    return programOf(boardFile);
  } catch (error) {
    if (error instanceof ConfigError) return '';
    throw error;
  }
}
