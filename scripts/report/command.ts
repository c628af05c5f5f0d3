/** `npm run report`: writes one file to attach to an issue, without the writer's names and secrets. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import { DEFAULT_BOARD_FILE, readBoardConfig } from '../config/config.ts';
import { UserError, defineCommand, systemProblem } from '../lib/cli.ts';
import { writePrivateFile } from '../lib/files.ts';
import { checkUp } from '../doctor/checkup.ts';
import { checkBoard } from '../doctor/overSerial.ts';
import { Walk } from '../doctor/walk.ts';
import { findPort, openPort, reopenPort } from '../serial/port.ts';
import { redact, secretsOf, secretsOfPc, type Secret } from './redact.ts';
import { shapeOf } from './shape.ts';

const REBOOT = 15_000;
/** Lines of the log that are included, from its end. */
const LOG_LINES = 200;

export const reportCommand = defineCommand({
  name: 'npm run report --',
  summary: [
    "Writes one file to attach to an issue: versions, the config's fields without their values, the doctor's findings, the",
    'answers of a board on USB, and the end of its log. Names, addresses and secrets are replaced; read it before you send it.',
  ].join('\n'),
  positionals: ['PORT?'],
  options: {
    board: { type: 'string', value: 'FILE', description: 'board config', default: DEFAULT_BOARD_FILE },
    log: { type: 'string', value: 'FILE', description: 'the log that npm run monitor -- --log FILE has written' },
    out: { type: 'string', value: 'FILE', description: 'the report', default: 'kitchen-report.txt' },
    timeout: {
      type: 'integer',
      value: 'SECONDS',
      description: 'for each hop of doctor',
      minimum: 1,
      maximum: 120,
      default: 10,
    },
    'no-serial': { type: 'boolean', description: 'do not check a board on USB, which restarts its program' },
  },
  examples: ['npm run report -- --log kitchen.log'],
  async run({ options, positionals, console }) {
    const { board, log } = options;
    const sections: [title: string, lines: string[]][] = [
      ['versions', versions()],
      ['config', configShape(board)],
      [
        'doctor',
        await hops((walk) => checkUp(walk, { ...CHECKUP, boardFile: board, patience: options.timeout * 1000 })),
      ],
    ];
    if (!options['no-serial']) {
      const ports = {
        find: () => findPort(positionals[0]),
        open: openPort,
        reopen: (path: string) => reopenPort(path, REBOOT),
      };
      sections.push(['board on USB', await hops((walk) => checkBoard(walk, ports))]);
    }
    sections.push(['log', log === undefined ? ['none given: --log FILE adds it'] : logTail(log)]);
    const text = sections.map(([title, lines]) => `## ${title}\n\n${lines.join('\n')}\n`).join('\n');
    writePrivateFile(options.out, redact(text, [...known(board), ...secretsOfPc()]));
    console.line(`written to ${options.out}; read it, then attach it to your issue`);
  },
});

/** Options of a check that asks no question, disconnects no board, and opens no account. */
const CHECKUP = {
  address: undefined,
  mayTakeOver: () => Promise.resolve(false),
  account: () => Promise.resolve(null),
};

function versions(): string[] {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const { stdout, status } = spawnSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' });
  return [
    `pico-kitchen ${version}${status === 0 ? `, commit ${stdout.trim()}` : ''}`,
    `Node ${process.versions.node} with OpenSSL ${process.versions.openssl}`,
    `${process.platform} ${release()} ${arch()}`,
  ];
}

function configShape(file: string): string[] {
  try {
    return shapeOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    return [existsSync(file) ? 'not JSON' : `cannot be read: ${systemProblem(error)}`];
  }
}

/** The findings of a walk: a line for each hop and each cause. */
async function hops(work: (walk: Walk) => Promise<void>): Promise<string[]> {
  const walk = new Walk(() => undefined);
  try {
    await walk.run(work);
  } catch (error) {
    walk.skip('stopped', error instanceof Error ? error.message : String(error));
  }
  return walk.findings.flatMap(({ hop, state, detail, causes, milliseconds }) => [
    `${state.padEnd(7)} ${hop.padEnd(9)} ${detail} (${milliseconds} ms)`,
    ...causes.map((cause) => `        likely: ${cause}`),
  ]);
}

function logTail(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${systemProblem(error)}`);
  }
}

/** The values in the config, as far as it can be read: all of its text if it is not valid. */
function known(file: string): Secret[] {
  const texts = (value: unknown): Secret[] =>
    typeof value === 'string'
      ? [[value, '<text of the config>']]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(texts)
        : [];
  try {
    return secretsOf(readBoardConfig(file));
  } catch {
    try {
      return texts(JSON.parse(readFileSync(file, 'utf8'))).filter(([value]) => value !== 'aws');
    } catch {
      return [];
    }
  }
}
