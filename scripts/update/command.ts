/** `npm run update`: new programs and settings for boards, through the broker that they are connected to. */
import { defineCommand, EXIT, interruption, UserError } from '../lib/cli.ts';
import { updateByJobs } from './byJobs.ts';
import { readBoards, readVia, withTopics, type UpdatedBoard } from './targets.ts';
import { offerAll, report } from './byBroker.ts';
import type { Update } from './file.ts';
import {
  isInSettings,
  makeUpdateKey,
  publicFile,
  readUpdateKey,
  settingsKeys,
  UPDATE_KEY_FILE,
  UPDATE_KEY_FOLDER,
} from './keys.ts';
import { Offer } from './offer.ts';
import { forgetSettings, programUpdate, readAlso, settingsUpdate } from './payloads.ts';

const MINUTE = 60_000;
const VIA_HINT = 'if the config has a new endpoint or new topics, name the config that the board has now with --via';

export const updateCommand = defineCommand({
  name: 'npm run update --',
  summary: [
    'Sends a new program, or with --settings the config, to boards that are connected to their broker. It is signed, and sent in',
    'blocks that a board asks for, while its readings go on. A board goes back by itself if the new program does not work.',
    'Press Ctrl-C at any time: the same command continues later where it stopped.',
  ].join('\n'),
  options: {
    board: { type: 'string', value: 'FILE', description: 'config of the one board to update' },
    all: { type: 'boolean', description: 'update board/config.json and every board in boards/' },
    via: {
      type: 'string',
      value: 'FILE',
      description: 'the config as the board has it now, if --board has another endpoint, other topics or sensors',
    },
    also: {
      type: 'string',
      value: 'TYPES',
      description: 'sensors, alarms or shadow whose code the program gets too, such as rp2040,alarms',
    },
    aws: {
      type: 'boolean',
      description:
        'offer the program by AWS IoT Jobs, which go on without this PC: to one board first, then to the others',
    },
    settings: { type: 'boolean', description: 'send the settings of the config instead of a program' },
    rollback: { type: 'boolean', description: 'let boards accept a version older than theirs' },
    key: { type: 'string', value: 'FILE', description: 'key that signs', default: UPDATE_KEY_FILE },
    'new-key': { type: 'boolean', description: 'make the key that signs, and nothing else' },
    wait: {
      type: 'integer',
      value: 'MINUTES',
      description: 'how long to wait for boards that are off; with --aws, how long to look on',
      minimum: 1,
      maximum: 10_000,
      default: 30,
    },
    certificate: {
      type: 'string',
      value: 'FILE',
      description: 'certificate for the broker, with --certificate-key',
    },
    'certificate-key': { type: 'string', value: 'FILE', description: 'its key' },
    address: { type: 'string', value: 'IP', description: 'dial this in place of the address of endpoint.host in DNS' },
    out: { type: 'string', value: 'DIR', description: 'folder of builds', default: 'dist' },
  },
  examples: [
    'npm run update -- --new-key',
    'npm run update -- --board board/config.json',
    'npm run update -- --all --settings',
    'npm run update -- --board board/config.json --via board/config.old.json --settings',
    'npm run update -- --all --aws',
  ],
  exitCodes: { 1: 'a board was not updated; a line says which, and why' },
  async run({ options, console, env }) {
    checkOptions(options);
    if (options['new-key']) {
      makeUpdateKey(options.key);
      console.line(`${options.key} signs updates from now on; keep it as you keep the key of your house`);
      const isFound = isInSettings(options.key);
      const copied = isFound ? '' : `, copied to ${UPDATE_KEY_FOLDER}/update-2.pub.pem or another free name like it,`;
      console.line(
        `${publicFile(options.key)}${copied} goes into the settings of boards: npm run build, npm run flash`,
      );
      return EXIT.ok;
    }
    const boards = readBoards(options.board);
    const wishes = {
      key: readUpdateKey(options.key),
      rollback: options.rollback,
      now: Date.now(),
      outDir: options.out,
      also: options.also === undefined ? [] : readAlso(options.also),
    };
    if (options.aws) {
      return updateByJobs(boards, () => programUpdate(boards, wishes), {
        wait: options.wait * MINUTE,
        stop: interruption(),
        env,
        console,
      });
    }
    const via = options.via === undefined ? undefined : readVia(options.via, boards[0]);
    const talking = boards.map((board) => withTopics(board, via));
    let updateFor: (board: UpdatedBoard) => Update;
    if (options.settings) {
      const { keys, isAdded } = settingsKeys(options.key, wishes.key);
      if (isAdded) {
        console.note(
          `the settings also get the public half of ${options.key}; npm run flash puts in only those in ${UPDATE_KEY_FOLDER}/`,
        );
      }
      updateFor = (board) => settingsUpdate(board, keys, wishes);
    } else {
      const program = await programUpdate(via === undefined ? boards : [...boards, via], wishes);
      updateFor = () => program;
    }
    const offers = talking.map((board) => ({ board, offer: new Offer(board.config.thing, updateFor(board)) }));
    const hint = options.settings && options.via === undefined ? VIA_HINT : '';
    const waiting = { wait: options.wait * MINUTE, stop: interruption() };
    const unreached = await offerAll(offers, { ...options, ...waiting, hint }, console);
    if (options.settings) {
      for (const { offer } of offers) if (offer.state === 'failed') forgetSettings(options.out, offer.board);
    }
    return report(offers, console, unreached);
  },
});

interface Options {
  board?: string | undefined;
  all: boolean;
  aws: boolean;
  via?: string | undefined;
  also?: string | undefined;
  settings: boolean;
  rollback: boolean;
  'new-key': boolean;
  certificate?: string | undefined;
  'certificate-key'?: string | undefined;
  address?: string | undefined;
}

/** Refuses options that do not go together, before anything is read or made. @throws UserError */
function checkOptions(options: Options): void {
  const refuse = (why: string): never => {
    throw new UserError(why, EXIT.usage);
  };
  const { board, all, aws, settings, rollback } = options;
  if (options['new-key']) {
    if ([board, options.via, options.also].some((value) => value !== undefined) || all || aws || settings || rollback) {
      refuse('--new-key makes the key and nothing else: run the update itself afterwards, without it');
    }
    return;
  }
  if (all === (board !== undefined)) refuse('choose the boards: either --board FILE or --all');
  if (options.also !== undefined && settings) refuse('--also is for a program: leave --settings out, or --also');
  if (options.via !== undefined && all) refuse('--via is the config of one board: name the board with --board');
  if (aws && settings) refuse('settings hold passwords, which are not put into S3: leave --aws out for them');
  for (const name of ['certificate', 'certificate-key', 'address', 'via'] as const) {
    if (aws && options[name] !== undefined)
      refuse(`--${name} is for a broker; --aws uses AWS credentials: leave it out`);
  }
  if ((options.certificate === undefined) !== (options['certificate-key'] === undefined)) {
    refuse('--certificate and --certificate-key go together');
  }
}
