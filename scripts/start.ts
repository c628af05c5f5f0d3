/**
 * `npm start`: runs the whole path on one PC. The device program on a simulated board publishes to the local
 * endpoint.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildProgram } from './image/program.ts';
import { Endpoint } from './endpoint/localEndpoint.ts';
import { prepareFolder } from './endpoint/folder.ts';
import { explainFirstReading, type FirstReading } from './explain/boardPage.ts';
import { reportEvents } from './endpoint/report.ts';
import { SERVER_CHAIN_KINDS } from './lib/certificates.ts';
import { defineCommand, interruption, main, UserError } from './lib/cli.ts';
import { printable, type Console, type Style } from './lib/console.ts';
import { throwAwayFolder } from './lib/files.ts';
import { boardLevel, feedEndpoint } from './page/feed.ts';
import { LivePage, type PageAction } from './page/livePage.ts';
import { Boards } from './watch/watchedBoards.ts';
import { wishOf } from './watch/orders.ts';
import { watchedTopics } from './watch/topics.ts';
import type { BoardCommand, BoardMessage, BoardThreadData } from './start/boardThread.ts';

const HOST = 'endpoint.test';
const INTERVAL_SECONDS = 2;
/** Seconds that --readings waits for the next reading. */
const PATIENCE = 60;

await main(
  defineCommand({
    name: 'npm start --',
    summary: [
      'Runs the whole path on this PC: builds the device program, makes throw-away certificates, starts the local',
      "endpoint (AWS IoT Core's stand-in) and boots the program on a simulated Pico W. Ctrl-C ends it.",
    ].join('\n'),
    options: {
      readings: {
        type: 'integer',
        value: 'N',
        description: 'end after this many acknowledged readings',
        minimum: 1,
        maximum: 1_000_000,
      },
      chain: {
        type: 'string',
        value: 'KIND',
        description: "type of the server's certificates",
        choices: SERVER_CHAIN_KINDS,
        default: 'rsa',
      },
      explain: {
        type: 'string',
        value: 'FILE',
        description: "write a page that explains the board's first handshake",
      },
      page: {
        type: 'integer',
        value: 'PORT',
        description: 'port of the live page (default: a free one)',
        minimum: 0,
        maximum: 65535,
        default: 0,
      },
    },
    examples: ['npm start', 'npm start -- --readings 3 --chain ecdsa'],
    async run({ options, console }) {
      const stop = interruption();
      const { folder } = throwAwayFolder();
      let endpoint: Endpoint | undefined;
      let board: Worker | undefined;
      let page: LivePage | undefined;
      let explain: FirstReading | undefined;
      try {
        const prepared = await prepareFolder({ folder, kind: options.chain, host: HOST });
        if (stop.aborted) return;
        if (options.explain !== undefined) {
          explain = explainFirstReading(options.explain, prepared, (text) => console.note(text));
        }
        const tap = explain === undefined ? {} : { onTap: explain.onTap };
        endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1', ...tap });
        explain?.follow(endpoint);
        const { port } = endpoint;
        const config = prepared.writeBoardConfig(port, INTERVAL_SECONDS);
        const { wifi } = config;
        const program = await buildProgram({ boardFile: prepared.boardFile, outDir: join(folder, 'dist') });
        if (stop.aborted) return;
        const worker = startBoard({ program: program.code, accessPoint: wifi, port });
        board = worker;
        const boards = new Boards(INTERVAL_SECONDS);
        const topics = watchedTopics(config);
        feedEndpoint(endpoint, boards, topics);
        page = await LivePage.start({
          port: options.page,
          boards,
          title: 'on this PC alone',
          actions: faultButtons((command) => worker.postMessage(command)),
          onOrder(board, order) {
            endpoint?.publish(topics.command(board), boards.order(board, order, wishOf(order), Date.now()));
            boards.orderSent(board, null, Date.now());
          },
        });
        page.setBroker('connected', `the local endpoint, on port ${port}`);
        const clock = setInterval(() => boards.tick(Date.now()), 1000);
        clock.unref();
        const { url } = page;
        introduce(console, { bytes: program.bytes, port, chain: options.chain, url, readings: options.readings });

        let acknowledged = 0;
        const log = boardLog(console, page, () => acknowledged++);
        reportEvents(endpoint, (text, isReading) => {
          show(console, 'endpoint', text, isReading ? 'green' : 'dim');
          page?.addLine({ side: 'endpoint', level: isReading ? 'reading' : 'info', text });
        });
        await watch(worker, {
          log,
          stop,
          isDone: () => options.readings !== undefined && acknowledged >= options.readings,
          progress: () => acknowledged,
          patience: options.readings === undefined ? Infinity : PATIENCE,
        });
      } finally {
        explain?.finish();
        await board?.terminate();
        await endpoint?.close();
        await page?.close();
      }
    },
  }),
);

function introduce(
  console: Console,
  facts: { bytes: number; port: number; chain: string; url: string; readings: number | undefined },
): void {
  const { bytes, port, chain, url, readings } = facts;
  const end = readings === undefined ? 'Ctrl-C ends it' : `it ends after ${readings} acknowledged readings`;
  console.line('The path of a temperature, all of it on this PC:');
  console.line(`  board     the device program (${bytes} bytes, as it is flashed) on a simulated Pico W`);
  console.line(`  endpoint  stands in for AWS IoT Core on port ${port}: TLS 1.2, ${chain.toUpperCase()} certificates`);
  console.line(`  page      ${url} shows it live, and breaks things`);
  console.line(`A reading every ${INTERVAL_SECONDS} s; ${end}.`);
  console.line();
}

function show(console: Console, side: 'board' | 'endpoint', line: string, style: Style | null): void {
  console.line(`${console.style('cyan', side.padEnd(8))} | ${style === null ? line : console.style(style, line)}`);
}

/** Prints the serial port's text line by line, and calls back for each reading that the board reports as acknowledged. */
function boardLog(console: Console, page: LivePage, onAcknowledged: () => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const level = boardLevel(line);
      const text = printable(line);
      show(console, 'board', text, level === 'error' ? 'red' : level === 'warn' ? 'yellow' : null);
      page.addLine({ side: 'board', level, text });
      if (/ reading \d+ acknowledged$/.test(line)) onAcknowledged();
    }
  };
}

function startBoard(data: BoardThreadData): Worker {
  // A thread does not inherit the loader that compiles TypeScript.
  const entry = JSON.stringify(new URL('./start/boardThread.ts', import.meta.url));
  const code = `import('tsx/esm/api').then(({ register }) => (register(), import(${entry})))`;
  return new Worker(code, { eval: true, workerData: data });
}

/** The faults that the page offers. */
function faultButtons(order: (command: BoardCommand) => void): PageAction[] {
  let wifiIsPulled = false;
  const never = (): boolean => false;
  return [
    {
      name: 'wifi',
      label: () => (wifiIsPulled ? 'Give the Wi-Fi back' : 'Pull the Wi-Fi'),
      hint: 'the board finds no access point; readings wait in its flash, and come once it is back',
      active: () => wifiIsPulled,
      press() {
        wifiIsPulled = !wifiIsPulled;
        order(wifiIsPulled ? 'pull wifi' : 'give wifi back');
      },
    },
    {
      name: 'reset',
      label: () => 'Reset the connection',
      hint: 'the board connects anew after a wait: up to 30 s if the connection was up for a minute, so that many boards do not come at once',
      active: never,
      press: () => order('reset connection'),
    },
    {
      name: 'power',
      label: () => 'Power cycle',
      hint: 'the board boots, and goes on counting its readings where it was',
      active: never,
      press: () => order('power cycle'),
    },
  ];
}

/**
 * Waits until a board has reached its goal or the command is stopped.
 * @throws UserError if there is no progress for too long, or if the program does something that the real board would
 * not survive
 */
function watch(
  board: Worker,
  goal: {
    log: (text: string) => void;
    stop: AbortSignal;
    isDone: () => boolean;
    progress: () => number;
    /** Seconds without progress. */
    patience: number;
  },
): Promise<void> {
  return new Promise((done, fail) => {
    let seen = goal.progress();
    let since = performance.now();
    const timer = setInterval(() => {
      if (goal.progress() > seen) [seen, since] = [goal.progress(), performance.now()];
      if (performance.now() - since <= goal.patience * 1000) return;
      fail(new UserError(`no reading was acknowledged for ${goal.patience} s; the board's log above says why`));
    }, 1000);
    timer.unref();
    board.on('error', fail);
    board.on('message', (message: BoardMessage) => {
      if ('violation' in message) {
        fail(new UserError(`the real board would not survive this: ${message.violation}`));
        return;
      }
      goal.log(message.serial);
      if (goal.isDone()) done();
    });
    if (goal.stop.aborted) done();
    goal.stop.addEventListener('abort', () => done());
  });
}
