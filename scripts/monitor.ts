/** `npm run monitor`: the log of a connected board. */
import { defineCommand, interruption, main } from './lib/cli.ts';
import { monitor } from './serial/monitor.ts';
import { positionMapper } from './serial/positions.ts';
import { findPort } from './serial/port.ts';

await main(
  defineCommand({
    name: 'npm run monitor --',
    summary: 'Shows the log of a connected board, through resets and unplugging, until Ctrl-C.',
    options: {
      port: { type: 'string', value: 'PORT', description: 'serial port (default: the one board that is connected)' },
      log: { type: 'string', value: 'FILE', description: 'append every line to this file too' },
      program: {
        type: 'string',
        value: 'FILE',
        description: 'the program on the board, whose build says where its errors are in the sources',
        default: 'dist/program.js',
      },
      json: { type: 'boolean', description: 'one JSON object a line' },
    },
    examples: ['npm run monitor', 'npm run monitor -- --log kitchen.log', 'npm run -s monitor -- --json | jq .message'],
    async run({ options, console }) {
      const path = await findPort(options.port);
      await monitor({
        path,
        console,
        logFile: options.log,
        json: options.json,
        mapPositions: positionMapper(options.program),
        signal: interruption(),
      });
    },
  }),
);
