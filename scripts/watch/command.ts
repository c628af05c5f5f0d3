/** `npm run watch`: shows every board at the broker of a config, in the terminal and on the live page. */
import { closeSync, writeSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { DEFAULT_BOARD_FILE } from '../config/config.ts';
import { BrokerLink, type LinkState } from '../lib/brokerLink.ts';
import { aborted, defineCommand, EXIT, interruption, systemProblem, UserError } from '../lib/cli.ts';
import type { Console, Style } from '../lib/console.ts';
import type { PageLine } from '../page/events.ts';
import { LivePage } from '../page/livePage.ts';
import { Boards, type BoardEvent } from './watchedBoards.ts';
import { csvLine, History, openForLines } from './history.ts';
import { readWatcher } from './identity.ts';
import { eventJson, eventLine, linkText, terminalLine } from './lines.ts';
import { wishOf, type Order } from './orders.ts';
import { watchedTopics } from './topics.ts';

const DEFAULT_PAGE_PORT = 8080;
/** ms between two checks for silent boards, and between two removals of old readings. */
const TICK = 1000;
const TRIM = 3_600_000;

export const watchCommand = defineCommand({
  name: 'npm run watch --',
  summary: [
    "Connects to the broker of a board's config, with the board's own TLS and MQTT code under a client id of its own, and",
    'shows every board there whose topics differ in the name only: a line for each reading and whatever else happens, and',
    'a live page with the curves and buttons to tell boards something. Ctrl-C ends it.',
    'AWS wants a certificate for it: npm run provision -- --watcher.',
  ].join('\n'),
  options: {
    board: { type: 'string', value: 'FILE', description: 'board config', default: DEFAULT_BOARD_FILE },
    certificate: { type: 'string', value: 'FILE', description: 'certificate for the broker, with --key' },
    key: { type: 'string', value: 'FILE', description: 'its key' },
    history: { type: 'string', value: 'DIR', description: 'keep readings here, a CSV file a day, and show them again' },
    csv: { type: 'string', value: 'FILE', description: 'append each reading to this file' },
    json: { type: 'boolean', description: 'print one JSON object a line' },
    readings: {
      type: 'integer',
      value: 'N',
      description: 'end after this many readings',
      minimum: 1,
      maximum: 1_000_000,
    },
    page: {
      type: 'integer',
      value: 'PORT',
      description: 'port of the live page, on this machine only (default: 8080, or a free one)',
      minimum: 0,
      maximum: 65535,
    },
    'no-page': { type: 'boolean', description: 'serve no live page' },
    lan: { type: 'boolean', description: 'let the home network see the page; a printed token lets it press buttons' },
    address: { type: 'string', value: 'IP', description: 'dial this in place of the address of endpoint.host in DNS' },
  },
  examples: ['npm run watch', 'npm run watch -- --history ~/kitchen', 'npm run -s watch -- --json | jq .celsius'],
  async run({ options, console }) {
    if (options.address !== undefined && !isIPv4(options.address)) {
      throw new UserError(`--address: expected an IPv4 address, found '${options.address}'`, EXIT.usage);
    }
    if (options['no-page'] && (options.lan || options.page !== undefined)) {
      throw new UserError('--no-page goes neither with --page nor with --lan', EXIT.usage);
    }
    const stop = interruption();
    const { config, target } = readWatcher(options.board, options);
    const topics = watchedTopics(config);
    const where = `${target.host}:${target.port}`;
    const boards = new Boards(config.telemetry.intervalSeconds);
    const sinks = openSinks(options, boards, console);
    let page: LivePage | undefined;
    let link: BrokerLink | undefined;
    const show = report(console, options.json, () => page);
    try {
      const order = (board: string, wanted: Order): void => {
        const payload = boards.order(board, wanted, wishOf(wanted), Date.now());
        link?.publish({ topic: topics.command(board), payload }).then(
          () => boards.orderSent(board, null, Date.now()),
          (error: Error) => boards.orderSent(board, error.message, Date.now()),
        );
        show({ who: board, text: `asked for ${wishOf(wanted)}`, style: null });
      };
      if (!options['no-page']) {
        page = await openPage(options.page, {
          boards,
          title: where,
          onOrder: order,
          ...(options.lan && { onToken: (token: string, why: string) => tellToken(console, token, why) }),
        });
        console.note(`live page: ${page.url}`);
        if (options.lan) console.note(`in the home network, to look on: ${page.urls.join(' ')}`);
      }
      const counting = countReadings(options.readings);
      boards.on('event', (event) => {
        const now = Date.now();
        if (options.json) console.line(eventJson(event, now));
        show(eventLine(event, now), event.type);
        sinks.take(event, now);
        if (event.type === 'reading' && !event.again) counting.one();
      });
      link = new BrokerLink({
        target,
        mqtt: target.mqtt,
        address: options.address,
        filters: topics.filters,
        onMessage(topic, payload) {
          const found = topics.match(topic);
          if (found !== null) boards.take(found.use, found.board, topic, payload, Date.now());
        },
        onState(state) {
          show({ who: 'broker', ...linkText(state, where) });
          page?.setBroker(brokerState(state), linkText(state, where).text);
        },
        onRefused: (filter) => show({ who: 'broker', text: `refuses the subscription to ${filter}`, style: 'yellow' }),
      });
      const ticker = setInterval(() => boards.tick(Date.now()), TICK);
      const trimmer = setInterval(() => boards.trim(Date.now()), TRIM);
      await Promise.race([aborted(stop), counting.done, sinks.failed]);
      clearInterval(ticker);
      clearInterval(trimmer);
    } finally {
      link?.close();
      await page?.close();
      sinks.close();
    }
  },
});

function brokerState(state: LinkState): 'waiting' | 'connected' | 'gone' {
  return state.state === 'connected' ? 'connected' : state.state === 'connecting' ? 'waiting' : 'gone';
}

/** Serves the page on the given port, or else on the usual one or a free one. */
function openPage(
  port: number | undefined,
  options: Omit<Parameters<typeof LivePage.start>[0], 'port'>,
): Promise<LivePage> {
  if (port !== undefined) return LivePage.start({ ...options, port });
  return LivePage.start({ ...options, port: DEFAULT_PAGE_PORT }).catch(() => LivePage.start({ ...options, port: 0 }));
}

function tellToken(console: Console, token: string, why: string): void {
  if (why !== '') console.note(`live page: ${why}`);
  console.note(`token for pressing buttons on the page, good for one browser: ${token}`);
}

/**
 * Reports on the terminal and on the page. With `--json` readings and events are JSON on stdout, and `openSinks`
 * prints them.
 */
function report(
  console: Console,
  json: boolean,
  page: () => LivePage | undefined,
): (line: { who: string; text: string; style: Style | null }, kind?: BoardEvent['type']) => void {
  return ({ who, text, style }, kind) => {
    const line = terminalLine({ who, text }, Date.now());
    if (kind === undefined || kind === 'odd') console.note(line);
    else if (!json) console.line(style === null ? line : console.style(style, line));
    const level: PageLine['level'] =
      kind === 'reading' ? 'reading' : style === 'red' ? 'error' : style === 'yellow' ? 'warn' : 'info';
    page()?.addLine({ side: who, level, text });
  };
}

interface Sinks {
  take(event: BoardEvent, now: number): void;
  /** Rejects if readings can no longer be stored, so that the command fails instead of losing them. */
  failed: Promise<never>;
  close(): void;
}

/** Opens the history and the CSV file. @throws UserError */
function openSinks(
  options: { history?: string | undefined; csv?: string | undefined },
  boards: Boards,
  console: Console,
): Sinks {
  const history = options.history === undefined ? null : new History(options.history);
  if (history !== null) {
    const start = performance.now();
    const count = history.load(boards, Date.now());
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.note(`history: ${count} readings of ${boards.all.size} boards from the last week, read in ${seconds} s`);
  }
  const csv = options.csv === undefined ? null : openCsv(options.csv);
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_done, reject) => (fail = reject));
  return {
    failed,
    take(event, now) {
      if (event.type !== 'reading' || event.again) return;
      try {
        history?.append(event.board, event.reading, now);
        if (csv !== null) csv.append(csvLine(event.board, event.reading, now));
      } catch (error) {
        fail(error);
      }
    },
    close() {
      history?.close();
      csv?.close();
    },
  };
}

function openCsv(path: string): { append: (line: string) => void; close: () => void } {
  const problem = (error: unknown): UserError => new UserError(`cannot write ${path}: ${systemProblem(error)}`);
  try {
    const descriptor = openForLines(path);
    return {
      append(line) {
        try {
          writeSync(descriptor, `${line}\n`);
        } catch (error) {
          throw problem(error);
        }
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw problem(error);
  }
}

function countReadings(wanted: number | undefined): { one: () => void; done: Promise<void> } {
  let count = 0;
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  return {
    done,
    one() {
      if ((count += 1) === wanted) finish();
    },
  };
}
