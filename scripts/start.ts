/** `npm start`: the whole path on one PC. The device program on a simulated board publishes to the local endpoint. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedBoard } from '../board/simulated/board.ts';
import { buildProgram } from './build/program.ts';
import { Endpoint } from './endpoint/endpoint.ts';
import { prepareFolder } from './endpoint/folder.ts';
import { reportEvents } from './endpoint/report.ts';
import { defineCommand, interruption, main, UserError } from './lib/cli.ts';
import { printable, type Console, type Style } from './lib/console.ts';
import { boardLevel, feedEndpoint } from './page/feed.ts';
import { LivePage, type PageAction } from './page/livePage.ts';

const HOST = 'endpoint.test';
const INTERVAL_SECONDS = 2;
/** With --readings: how long to wait for the next one, in seconds. */
const PATIENCE = 60;

await main(
  defineCommand({
    name: 'npm start --',
    summary: [
      'Shows the whole path on this PC: builds the device program, makes throw-away certificates, starts the local',
      "endpoint (AWS IoT Core's stand-in) and boots the program on a simulated Pico W. Ctrl-C ends it.",
    ].join('\n'),
    options: {
      readings: {
        type: 'integer',
        value: 'N',
        description: 'end after so many acknowledged readings',
        minimum: 1,
        maximum: 1_000_000,
      },
      chain: {
        type: 'string',
        value: 'KIND',
        description: "kind of the server's certificates",
        choices: ['rsa', 'ecdsa'],
        default: 'rsa',
      },
      page: {
        type: 'integer',
        value: 'PORT',
        description: 'port of the live page; any free one unless given',
        minimum: 0,
        maximum: 65535,
        default: 0,
      },
    },
    examples: ['npm start', 'npm start -- --readings 3 --chain ecdsa'],
    async run({ options, console }) {
      const stop = interruption();
      const folder = mkdtempSync(join(tmpdir(), 'pico-kitchen-'));
      // Keys are in it, so it goes however the process ends.
      process.once('exit', () => rmSync(folder, { recursive: true }));
      let endpoint: Endpoint | undefined;
      let board: SimulatedBoard | undefined;
      let page: LivePage | undefined;
      try {
        const prepared = await prepareFolder({ folder, kind: options.chain, host: HOST });
        endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
        const { port } = endpoint;
        const { wifi } = prepared.writeBoardConfig(port, INTERVAL_SECONDS);
        const program = await buildProgram({ boardFile: prepared.boardFile, outDir: join(folder, 'dist') });
        page = await LivePage.start(
          options.page,
          faultButtons(() => board),
        );
        const { url } = page;
        introduce(console, { bytes: program.bytes, port, chain: options.chain, url, readings: options.readings });

        let acknowledged = 0;
        const log = boardLog(console, page, () => acknowledged++);
        feedEndpoint(endpoint, page);
        reportEvents(endpoint, (text, isReading) => {
          show(console, 'endpoint', text, isReading ? 'green' : 'dim');
          page?.addLine({ side: 'endpoint', level: isReading ? 'reading' : 'info', text });
        });
        board = new SimulatedBoard({
          program: program.code,
          clock: 'real',
          accessPoint: wifi,
          dial: () => ({ port }),
          onSerial: log,
        });
        varyTemperature(board);
        await watch(board, {
          isDone: () => stop.aborted || (options.readings !== undefined && acknowledged >= options.readings),
          progress: () => acknowledged,
          patience: options.readings === undefined ? Infinity : PATIENCE,
        });
      } finally {
        board?.close();
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

/** Shows the serial port's text line by line; calls back for each reading that the board says is acknowledged. */
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

/** What the page can break. The board's own turn does it, as its faults want. */
function faultButtons(board: () => SimulatedBoard | undefined): PageAction[] {
  let wifiIsPulled = false;
  const act = (fault: (board: SimulatedBoard) => void) => (): void => {
    const there = board();
    there?.after(0, () => fault(there));
  };
  const never = (): boolean => false;
  return [
    {
      name: 'wifi',
      label: () => (wifiIsPulled ? 'Give the Wi-Fi back' : 'Pull the Wi-Fi'),
      active: () => wifiIsPulled,
      press() {
        wifiIsPulled = !wifiIsPulled;
        act(({ faults }) => (faults.accessPointIsPresent = !wifiIsPulled))();
      },
    },
    {
      name: 'reset',
      label: () => 'Reset the connection',
      active: never,
      press: act(({ faults }) => faults.cutConnections('reset')),
    },
    { name: 'power', label: () => 'Power cycle', active: never, press: act((there) => there.powerCycle()) },
  ];
}

/** A kitchen in fast motion: 3 °C up and down within two minutes. */
function varyTemperature(board: SimulatedBoard): void {
  board.environment.celsius = 21.5 + 1.5 * Math.sin((2 * Math.PI * board.seconds) / 120);
  board.after(1, () => varyTemperature(board));
}

/**
 * Runs a board until it is done.
 * @throws UserError if there is no progress for too long, or the program does what the real board would not survive
 */
async function watch(
  board: SimulatedBoard,
  goal: { isDone: () => boolean; progress: () => number; patience: number },
): Promise<void> {
  let seen = goal.progress();
  let since = board.seconds;
  await board.runUntil(
    () => {
      if (goal.progress() > seen) [seen, since] = [goal.progress(), board.seconds];
      const violation = board.violations[0];
      if (violation !== undefined) {
        throw new UserError(`the real board would not survive this: ${violation.kind}: ${violation.message}`);
      }
      if (board.seconds - since > goal.patience) {
        throw new UserError(`no reading was acknowledged for ${goal.patience} s; the board's log above says why`);
      }
      return goal.isDone();
    },
    { limitSeconds: Infinity },
  );
}
