/**
 * `npm run provision`: registers a board at AWS IoT Core, and writes endpoint, certificate and key into the board's
 * config.
 */
import type { KeyObject } from 'node:crypto';
import { DEFAULT_BOARD_FILE, isPlaceholder, readBoardConfig } from '../config/config.ts';
import { awsEndpointOf } from '../config/aws.ts';
import { checkAnswers } from '../setup/questions.ts';
import { boardArguments, boardOption } from '../lib/boardPaths.ts';
import { defineCommand, EXIT, UserError } from '../lib/cli.ts';
import type { Console, Environment } from '../lib/console.ts';
import { writePrivateFile } from '../lib/files.ts';
import { awsProblem, openAccount, type Account } from './account.ts';
import { completeConfig, layOutFleet, readBoard, type Board } from './oneBoard.ts';
import { awsCommands } from './commands.ts';
import { describeEndpoint, hasThing, provisionDevice, type Tell } from './device.ts';
import { provideDiscovery } from './discovery.ts';
import { fleetNames } from './fleetNames.ts';
import { checkRegion, keepsHost, refuseOtherBroker, refuseOtherHost, regionOf } from './awsEndpoint.ts';
import { readCertificate, readKey, readOrMakeKey } from './identity.ts';
import {
  provisionWatcher,
  readWatcherPlace,
  takeWatcherCertificate,
  watcherCommands,
  type Watcher,
} from './watcher.ts';

export const provisionCommand = defineCommand({
  name: 'npm run provision --',
  summary: [
    "Makes a board's key on this PC. With AWS credentials in the usual places it makes thing, certificate and policy at",
    'AWS IoT Core, and writes endpoint, certificate and key into the config. It may be repeated. Without credentials it',
    'prints aws commands that do the same, and takes the certificate that they print with --certificate.',
  ].join('\n'),
  options: {
    board: { type: 'string', value: 'FILE', description: 'board config', default: DEFAULT_BOARD_FILE },
    region: { type: 'string', value: 'NAME', description: 'AWS region (default: the configured one)' },
    print: { type: 'boolean', description: 'print the aws commands even if there are credentials' },
    certificate: { type: 'string', value: 'FILE', description: 'the certificate that the aws commands printed' },
    endpoint: { type: 'string', value: 'HOST', description: 'with --certificate: the endpoint that they printed' },
    'replace-endpoint': { type: 'boolean', description: "put the account's endpoint into a config that names another" },
    count: {
      type: 'integer',
      value: 'N',
      description: 'provision this many more boards, each in a folder of its own, with copies of the --board config',
      minimum: 1,
      maximum: 1000,
    },
    prefix: {
      type: 'string',
      value: 'TEXT',
      description: 'with --count: their names are this and a number, counting on from the highest in use',
      default: 'kitchen-',
    },
    out: { type: 'string', value: 'DIR', description: 'with --count: the folder of their folders', default: 'boards' },
    watcher: { type: 'boolean', description: "make a certificate for npm run watch instead of a board's" },
    'home-assistant': {
      type: 'boolean',
      description: 'announce the board to Home Assistant, through the broker of its config',
    },
    remove: { type: 'boolean', description: 'with --home-assistant: withdraw the announcement' },
    key: {
      type: 'string',
      value: 'FILE',
      description: 'with --home-assistant: key of the --certificate to connect with',
    },
    address: {
      type: 'string',
      value: 'IP',
      description: 'with --home-assistant: dial this in place of the address in DNS',
    },
  },
  examples: [
    'npm run provision',
    'npm run provision -- --region eu-west-1 --count 5 --prefix kitchen-',
    'npm run provision -- --watcher',
    'npm run provision -- --home-assistant',
    'npm run provision -- --certificate kitchen-1.crt.pem --endpoint abc-ats.iot.eu-west-1.amazonaws.com',
  ],
  async run({ options, console, env }) {
    const { certificate, count, endpoint } = options;
    checkRegion(options.region);
    if (options['home-assistant']) {
      if (options.watcher || count !== undefined || endpoint !== undefined || options.print) {
        throw new UserError(
          '--home-assistant announces one board and makes nothing: leave --watcher, --count, --endpoint and --print out',
          EXIT.usage,
        );
      }
      const { board: boardFile, key, address, remove } = options;
      await provideDiscovery({ boardFile, certificate, key, address, remove }, (done, what) =>
        console.line(told(done, what)),
      );
      return;
    }
    for (const name of ['remove', 'key', 'address'] as const) {
      if (options[name]) throw new UserError(`--${name} goes with --home-assistant only`, EXIT.usage);
    }
    if (options.watcher) {
      if (count !== undefined)
        throw new UserError('one certificate is enough for all boards: leave --count out', EXIT.usage);
      const { board, region, print } = options;
      await provideWatcher({ watcher: readWatcherPlace(board), region, print, certificate }, console, env);
      return;
    }
    if (certificate !== undefined) {
      if (count !== undefined) throw new UserError('--certificate is for one board: leave --count out', EXIT.usage);
      takeCertificate(readBoard(options.board), certificate, endpoint, console);
      return;
    }
    if (endpoint !== undefined) throw new UserError('--endpoint goes with --certificate only', EXIT.usage);
    const refuseOther = (file: string): void => {
      if (!options['replace-endpoint']) refuseOtherBroker(file, readBoardConfig(file));
    };
    refuseOther(options.board);
    const hint = regionOf(readBoardConfig(options.board).endpoint.host);
    const account = options.print ? null : await openAccount({ region: options.region, hint }, env);
    const files = count === undefined ? [options.board] : await layOut({ ...options, count }, account);
    files.forEach(refuseOther);
    const boards = files.map(readBoard);
    if (account === null) {
      // Made before the commands are printed, so that nothing else is printed among the lines to paste.
      const keys: KeyObject[] = [];
      for (const board of boards) keys.push(await provideKey(board, (done, what) => console.note(told(done, what))));
      const why = options.print ? '' : 'no AWS credentials were found on this PC; ';
      console.note(
        `${why}paste these commands into AWS CloudShell (the icon >_ in AWS's console), or any shell with aws:`,
      );
      boards.forEach((board, i) => printCommands(board, keys[i], options.region ?? hint, console));
      return;
    }
    await provision(boards, account, options['replace-endpoint'], console);
    console.line(next(boards[0]));
  },
});

/** Makes the folders of a fleet. @returns the files of its configs */
async function layOut(
  { board: template, prefix, count, out }: { board: string; prefix: string; count: number; out: string },
  account: Account | null,
): Promise<string[]> {
  const isTaken = async (thing: string): Promise<boolean> => account !== null && (await hasThing(account, thing));
  const things = await fleetNames({ prefix, count, template, out }, isTaken).catch((error: unknown) => {
    throw awsProblem(error, account?.region ?? '');
  });
  return layOutFleet(template, out, things);
}

async function provideWatcher(
  given: { watcher: Watcher; region: string | undefined; print: boolean; certificate: string | undefined },
  console: Console,
  env: Environment,
): Promise<void> {
  const { watcher, region, print, certificate } = given;
  const behind = boardOption(watcher.boardFile);
  const next = `next: npm run watch${boardArguments(watcher.boardFile)}`;
  if (certificate !== undefined) {
    const key = readKey(watcher.keyFile);
    if (key === null) throw new UserError(`${watcher.keyFile} is not there: run this without --certificate first`);
    takeWatcherCertificate(watcher, certificate, key);
    console.line(told('made', `${watcher.certificateFile}, which fits the key`));
    console.line(next);
    return;
  }
  const hint = regionOf(readBoardConfig(watcher.boardFile).endpoint.host);
  const account = print ? null : await openAccount({ region, hint }, env);
  const tell: Tell = (done, what) => {
    // Printed as a note, so that nothing else is printed among the lines to paste.
    if (account === null) console.note(told(done, what));
    else console.line(told(done, what));
  };
  const { key, isNew } = await readOrMakeKey(watcher.keyFile);
  tell(isNew ? 'made' : 'kept', `key ${watcher.keyFile}`);
  if (account === null) {
    console.note('paste these commands into AWS CloudShell, or any shell with aws; they end with the certificate:');
    for (const line of watcherCommands(watcher, key, region ?? hint)) console.line(line);
    console.note(`save its text here as FILE, then: npm run provision -- --watcher${behind} --certificate FILE`);
    return;
  }
  try {
    await provisionWatcher(account, watcher, key, tell);
  } catch (error) {
    throw awsProblem(error, account.region);
  }
  console.line(next);
}

async function provision(boards: Board[], account: Account, replaceHost: boolean, console: Console): Promise<void> {
  const tell: Tell = (done, what) => console.line(told(done, what));
  try {
    // Asked before anything is made: it shows whether the credentials work, and whether this is the right region.
    const host = await describeEndpoint(account);
    for (const board of boards) if (!replaceHost) refuseOtherHost(board, host, account.region);
    for (const board of boards) {
      const key = await provideKey(board, tell);
      await provisionDevice(account, board, key, tell);
      const kept = keepsHost(board, replaceHost);
      const endpoint = kept ? board.config.endpoint.host : host;
      tell(completeConfig(board, endpoint) ? 'changed' : 'kept', `config ${board.file}, endpoint ${endpoint}`);
    }
  } catch (error) {
    throw awsProblem(error, account.region);
  }
}

async function provideKey({ keyFile }: Board, tell: Tell): Promise<KeyObject> {
  const { key, isNew } = await readOrMakeKey(keyFile);
  tell(isNew ? 'made' : 'kept', `key ${keyFile}`);
  return key;
}

function told(done: string, what: string): string {
  return `${done.padEnd(8)}${what}`;
}

function printCommands(board: Board, key: KeyObject, region: string | undefined, console: Console): void {
  for (const line of awsCommands(board, key, region)) console.line(line);
  console.note(
    'they end with the endpoint (HOST) and the certificate: save its text, BEGIN and END lines too, as a file',
  );
  console.note(`here (FILE), then: npm run provision --${boardOption(board.file)} --certificate FILE --endpoint HOST`);
}

/** Puts a certificate that was made elsewhere into the board's folder. */
function takeCertificate(board: Board, file: string, host: string | undefined, console: Console): void {
  const { keyFile, certificateFile, config } = board;
  checkAnswers({ host });
  if (host !== undefined && awsEndpointOf(host) === null) {
    console.note(`${host} is not a name that AWS IoT Core gives; that is right for a custom domain only`);
  }
  if (host === undefined && isPlaceholder(config.endpoint.host)) {
    throw new UserError("endpoint.host is still the example's; add --endpoint with what describe-endpoint printed");
  }
  const key = readKey(keyFile);
  if (key === null) throw new UserError(`${keyFile} is not there, and the certificate must be for this key`);
  const certificate = readCertificate(file, key, keyFile);
  if (certificate === null) throw new UserError(`${file}: no such file`);
  completeConfig(board, host, {
    certificate: file,
    // Written as plain PEM, whatever form it came in. An intermediate in the same file is not copied.
    write: () => writePrivateFile(certificateFile, certificate.toString()),
  });
  console.line(told('made', `${certificateFile}, which fits the key; ${board.file} names both`));
  console.line(next(board));
}

function next(board: Board): string {
  const behind = boardArguments(board.file);
  return `next: npm run doctor${behind}, which tries it all; then npm run build${behind}`;
}
