/** `npm run endpoint`: the local endpoint alone, for a real board or the rig to dial. */
import { Endpoint } from './endpoint/endpoint.ts';
import { prepareFolder } from './endpoint/folder.ts';
import { reportEvents } from './endpoint/report.ts';
import { aborted, defineCommand, interruption, main } from './lib/cli.ts';

await main(
  defineCommand({
    name: 'npm run endpoint --',
    summary: [
      'Stays up as a stand-in for AWS IoT Core on this machine, and prints each reading that a board publishes.',
      'Makes throw-away certificates in DIR at the first run, and a board.json that npm run build takes.',
      'Ctrl-C ends it.',
    ].join('\n'),
    options: {
      dir: { type: 'string', value: 'DIR', description: 'folder of certificates and board.json', required: true },
      port: { type: 'integer', value: 'N', description: 'TCP port', minimum: 0, maximum: 65535, default: 8883 },
      chain: {
        type: 'string',
        value: 'KIND',
        description: "kind of the server's certificates",
        choices: ['rsa', 'ecdsa'],
        default: 'rsa',
      },
      host: {
        type: 'string',
        value: 'NAME',
        description: "name by which the board dials; this machine's unless given",
      },
    },
    examples: [
      'npm run endpoint -- --dir ~/endpoint --host my-pc.lan',
      'npm run build -- --board ~/endpoint/board.json',
    ],
    async run({ options, console }) {
      const stop = interruption();
      const folder = await prepareFolder({ folder: options.dir, kind: options.chain, host: options.host });
      const endpoint = await Endpoint.start({ ...folder, port: options.port });
      try {
        folder.writeBoardConfig(endpoint.port, 10);
        console.note(
          `listening as ${folder.host} on port ${endpoint.port}; boards must find this machine by that name`,
        );
        console.note(`build for it with: npm run build -- --board ${folder.boardFile}`);
        reportEvents(endpoint, (line, isReading) => (isReading ? console.line(line) : console.note(line)));
        await aborted(stop);
      } finally {
        await endpoint.close();
      }
    },
  }),
);
