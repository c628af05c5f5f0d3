/** `npm run doctor`: checks the way from a board's config to its endpoint, hop by hop, and explains the first failure. */
import { isIPv4 } from 'node:net';
import { DEFAULT_BOARD_FILE } from '../config/config.ts';
import { confirm } from '../lib/ask.ts';
import { defineCommand, EXIT, UserError } from '../lib/cli.ts';
import { printable, type Console, type Environment } from '../lib/console.ts';
import { findPort, openPort, reopenPort } from '../serial/port.ts';
import { openAccount, type Account } from '../provision/account.ts';
import { checkBoard } from './overSerial.ts';
import { checkUp } from './checkup.ts';
import { Walk, type Finding } from './walk.ts';

/** ms within which a board is back on USB after a reset. */
const REBOOT = 15_000;

export const doctorCommand = defineCommand({
  name: 'npm run doctor --',
  summary: [
    "Does from this PC, with the board's own TLS and MQTT code, what the board does: config, key, certificate dates, DNS,",
    'TCP, TLS, CONNECT, PUBLISH, SUBSCRIBE. It stops at the first hop that fails and names the likely causes.',
    'A broker accepts one client of a name, so CONNECT disconnects the board, if it is on, until it connects again. You',
    'are asked first, or give --take-over. The messages that are sent contain a note and no reading.',
    'With --serial it checks a board on USB instead: Kaluma, kind of board, free flash, sensors and the ids of those on one',
    'wire. This restarts its program.',
  ].join('\n'),
  positionals: ['PORT?'],
  options: {
    board: { type: 'string', value: 'FILE', description: 'board config', default: DEFAULT_BOARD_FILE },
    'take-over': { type: 'boolean', description: "connect under the board's name without asking" },
    address: { type: 'string', value: 'IP', description: 'dial this in place of the address of endpoint.host in DNS' },
    timeout: {
      type: 'integer',
      value: 'SECONDS',
      description: 'for each hop',
      minimum: 1,
      maximum: 120,
      default: 15,
    },
    serial: { type: 'boolean', description: 'check the board on USB at PORT, or the only one' },
    json: { type: 'boolean', description: 'print one JSON object for scripts' },
  },
  examples: ['npm run doctor', 'npm run -s doctor -- --take-over --json', 'npm run doctor -- --serial /dev/ttyACM0'],
  exitCodes: { 1: 'a hop failed' },
  async run({ options, positionals, console, env }) {
    const [port] = positionals;
    if (port !== undefined && !options.serial) throw new UserError(`'${port}': PORT goes with --serial`, EXIT.usage);
    const { address } = options;
    if (address !== undefined && !isIPv4(address)) {
      throw new UserError(`--address: expected an IPv4 address such as 192.168.1.2, found '${address}'`, EXIT.usage);
    }
    const walk = new Walk((finding) => {
      if (!options.json) for (const line of lines(finding, console)) console.line(line);
    });
    const isWell = await walk.run((self) =>
      options.serial
        ? checkBoard(self, {
            find: () => findPort(port),
            open: openPort,
            reopen: (path) => reopenPort(path, REBOOT),
          })
        : checkUp(self, {
            boardFile: options.board,
            address,
            patience: options.timeout * 1000,
            account: (region) => accountOf(region, env),
            mayTakeOver: (thing) => mayTakeOver(options['take-over'], !options.json && console.interactive, thing),
          }),
    );
    if (options.json) console.line(JSON.stringify({ ok: isWell, hops: walk.findings }, null, 2));
    return isWell ? EXIT.ok : EXIT.failure;
  },
});

function lines({ hop, state, detail, causes }: Finding, console: Console): string[] {
  const [mark, style] = ({ ok: ['ok', 'green'], failed: ['FAIL', 'red'], skipped: ['--', 'yellow'] } as const)[state];
  return [
    `${console.style(style, mark.padEnd(4))}  ${hop.padEnd(9)}  ${printable(detail)}`,
    ...causes.map((cause, i) => `${' '.repeat(17)}${i === 0 ? 'likely: ' : 'or:     '}${printable(cause)}`),
  ];
}

/** The account that provision would use; null without usable credentials, and without AWS's SDK. */
async function accountOf(region: string | undefined, env: Environment): Promise<Account | null> {
  try {
    return await openAccount({ region, hint: region }, env);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

async function mayTakeOver(isGiven: boolean, isInteractive: boolean, thing: string): Promise<boolean> {
  if (isGiven || !isInteractive || !process.stdin.isTTY) return isGiven;
  return confirm(`Connect as ${thing}? If the board is on, it loses its connection for a moment.`);
}
