/** `npm run endpoint`: runs the local endpoint alone, for a real board or the rig to dial. */
import { Endpoint } from './endpoint/localEndpoint.ts';
import { isPlaceholderWifi, prepareFolder } from './endpoint/folder.ts';
import { explainFirstReading } from './explain/boardPage.ts';
import { reportEvents } from './endpoint/report.ts';
import { offerJob, readUpdateFile } from './endpoint/updateJob.ts';
import { SERVER_CHAIN_KINDS } from './lib/certificates.ts';
import { aborted, defineCommand, EXIT, interruption, main, UserError } from './lib/cli.ts';
import { boardNameProblem, hasJobs } from './config/config.ts';
import { boardArguments } from './lib/boardPaths.ts';
import { printable } from './lib/console.ts';
import { feedEndpoint } from './page/feed.ts';
import { LivePage, type PageOptions } from './page/livePage.ts';
import { Boards } from './watch/watchedBoards.ts';
import { wishOf } from './watch/orders.ts';
import { watchedTopics } from './watch/topics.ts';

const DEFAULT_PAGE_PORT = 8080;

await main(
  defineCommand({
    name: 'npm run endpoint --',
    summary: [
      'Runs a stand-in for AWS IoT Core on this machine, prints each reading that a board publishes, and shows them on a live page.',
      'At the first run it makes throw-away certificates in DIR, and a board.json for npm run build.',
      'Ctrl-C ends it.',
    ].join('\n'),
    options: {
      dir: { type: 'string', value: 'DIR', description: 'folder of certificates and board.json', required: true },
      port: { type: 'integer', value: 'N', description: 'TCP port', minimum: 0, maximum: 65535, default: 8883 },
      chain: {
        type: 'string',
        value: 'KIND',
        description:
          "the server's certificates: AWS's of today, by kind of key, with a fourth one, its RSA chain of old, or those of its roots with P-384 and RSA-4096",
        choices: SERVER_CHAIN_KINDS,
        default: 'rsa',
      },
      'leaf-days': {
        type: 'integer',
        value: 'N',
        description: "how long the server's own certificate lives; AWS's 198 days, from 2029 on 47",
        minimum: 3,
        maximum: 398,
      },
      host: {
        type: 'string',
        value: 'NAME',
        description: "name or IPv4 address that the board dials (default: this machine's name)",
      },
      listen: {
        type: 'string',
        value: 'ADDRESS',
        description: 'where to listen; 0.0.0.0 lets in boards in your network, and everybody else in it',
        default: '127.0.0.1',
      },
      explain: {
        type: 'string',
        value: 'FILE',
        description: "write a page that explains the first board's handshake, with the time between its records",
      },
      job: {
        type: 'string',
        value: 'FILE',
        description: 'an update, such as dist/update-*.bin, which each board that asks for jobs gets as one',
      },
      page: {
        type: 'integer',
        value: 'PORT',
        description: 'port of the live page, on this machine only (default: 8080, or a free one)',
        minimum: 0,
        maximum: 65535,
      },
    },
    examples: [
      'npm run endpoint -- --dir ~/endpoint --host my-pc.lan --listen 0.0.0.0',
      'npm run build -- --board ~/endpoint/board.json',
    ],
    async run({ options, console }) {
      const stop = interruption();
      const problem = options.host === undefined ? null : boardNameProblem(options.host);
      if (problem !== null) throw new UserError(`--host: ${problem}`, EXIT.usage);
      const update = options.job === undefined ? null : readUpdateFile(options.job);
      const folder = await prepareFolder({
        folder: options.dir,
        kind: options.chain,
        host: options.host,
        leafDays: options['leaf-days'],
      });
      const explain =
        options.explain === undefined
          ? undefined
          : explainFirstReading(options.explain, folder, (text) => console.note(text));
      const endpoint = await Endpoint.start({
        ...folder,
        port: options.port,
        address: options.listen,
        ...(explain === undefined ? {} : { onTap: explain.onTap }),
      });
      explain?.follow(endpoint);
      let page: LivePage | undefined;
      try {
        const config = folder.writeBoardConfig(endpoint.port, 10);
        const topics = watchedTopics(config);
        const boards = new Boards(config.telemetry.intervalSeconds);
        feedEndpoint(endpoint, boards, topics);
        const shown: Omit<PageOptions, 'port'> = {
          boards,
          title: folder.host,
          onOrder(board, order) {
            endpoint.publish(topics.command(board), boards.order(board, order, wishOf(order), Date.now()));
            boards.orderSent(board, null, Date.now());
          },
        };
        page = await (options.page === undefined
          ? LivePage.start({ ...shown, port: DEFAULT_PAGE_PORT }).catch(() => LivePage.start({ ...shown, port: 0 }))
          : LivePage.start({ ...shown, port: options.page }));
        page.setBroker('connected', `this command, on port ${endpoint.port}`);
        setInterval(() => boards.tick(Date.now()), 1000).unref();
        console.note(
          `listening as ${folder.host} on port ${endpoint.port}; boards must find this machine by that name`,
        );
        if (options.listen.startsWith('127.')) {
          console.note('only this machine can connect: --listen 0.0.0.0 lets in boards in your network');
        }
        if (isPlaceholderWifi(config)) {
          console.note(`before you build, put your network's name and password for "wifi" in ${folder.boardFile}`);
        }
        console.note(`build for it with: npm run build${boardArguments(folder.boardFile)}`);
        console.note(`live page: ${page.url}`);
        reportEvents(endpoint, (text, isReading) => {
          if (isReading) console.line(text);
          else console.note(text);
          page?.addLine({ side: 'endpoint', level: isReading ? 'reading' : 'info', text });
        });
        if (update !== null) {
          const look = offerJob(endpoint, update, (line) => console.note(printable(line)));
          setInterval(look, 1000).unref();
          if (!hasJobs(config)) console.note(`boards ask for jobs if endpoint.jobs is true in ${folder.boardFile}`);
        }
        await aborted(stop);
      } finally {
        explain?.finish();
        await endpoint.close();
        await page?.close();
      }
    },
  }),
);
