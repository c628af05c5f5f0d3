/** `npm run update`: new programs and settings for boards, through the broker that they are connected to. */
import { BrokerLink } from '../lib/brokerLink.ts';
import { defineCommand, EXIT, interruption, UserError } from '../lib/cli.ts';
import { printable, type Console } from '../lib/console.ts';
import { linkText } from '../watch/lines.ts';
import { readWatcher } from '../watch/identity.ts';
import { watchedTopics } from '../watch/topics.ts';
import { readBoards, type UpdatedBoard } from './boards.ts';
import { makeUpdateKey, publicFile, readUpdateKey, UPDATE_KEY_FILE } from './keys.ts';
import { Offer } from './offer.ts';
import { programUpdate, settingsUpdate } from './payloads.ts';
import { ProgressBars } from './progress.ts';

/** ms between two looks at what is to be offered. */
const TICK = 200;
const MINUTE = 60_000;

export const updateCommand = defineCommand({
  name: 'npm run update --',
  summary: [
    'Sends a new program, or with --settings the config, to boards that are connected to their broker: signed, in blocks that',
    'a board asks for, while its readings go on. A board keeps what is new only once it works, and else goes back by itself.',
    'Ctrl-C may come at any time; the same command goes on where it was.',
  ].join('\n'),
  options: {
    board: { type: 'string', value: 'FILE', description: 'config of the one board to update' },
    all: { type: 'boolean', description: 'update board/config.json and every board in boards/' },
    settings: { type: 'boolean', description: 'send the settings of the config instead of a program' },
    rollback: { type: 'boolean', description: 'let boards take an older version than they have' },
    key: { type: 'string', value: 'FILE', description: 'key that signs', default: UPDATE_KEY_FILE },
    'new-key': { type: 'boolean', description: 'make the key that signs, and nothing else' },
    wait: {
      type: 'integer',
      value: 'MINUTES',
      description: 'how long to wait for boards that are off',
      minimum: 1,
      maximum: 10_000,
      default: 30,
    },
    certificate: {
      type: 'string',
      value: 'FILE',
      description: 'certificate to show to the broker, with --certificate-key',
    },
    'certificate-key': { type: 'string', value: 'FILE', description: 'its key' },
    address: { type: 'string', value: 'IP', description: 'dial this in place of what DNS says of endpoint.host' },
    out: { type: 'string', value: 'DIR', description: 'folder of builds', default: 'dist' },
  },
  examples: [
    'npm run update -- --new-key',
    'npm run update -- --board board/config.json',
    'npm run update -- --all --settings',
  ],
  exitCodes: { 1: 'a board was not updated; a line says which, and why' },
  async run({ options, console }) {
    if (options['new-key']) {
      makeUpdateKey(options.key);
      console.line(`${options.key} signs updates from now on; keep it as you keep the key of your house`);
      console.line(`${publicFile(options.key)} goes into the settings of boards: npm run build, npm run flash`);
      return EXIT.ok;
    }
    if (options.all === (options.board !== undefined)) {
      throw new UserError('choose the boards: either --board FILE or --all', EXIT.usage);
    }
    const boards = readBoards(options.board);
    const wishes = {
      key: readUpdateKey(options.key),
      rollback: options.rollback,
      now: Date.now(),
      outDir: options.out,
    };
    const program = options.settings ? null : await programUpdate(boards, wishes);
    const offers = boards.map((board) => ({
      board,
      offer: new Offer(board.config.thing, program ?? settingsUpdate(board, wishes)),
    }));
    await offerAll(offers, options, console);
    return report(offers, console);
  },
});

interface Offered {
  board: UpdatedBoard;
  offer: Offer;
}

/** Until every board is done, nobody wants to wait any longer, or Ctrl-C. */
async function offerAll(
  offers: readonly Offered[],
  options: {
    wait: number;
    address: string | undefined;
    certificate: string | undefined;
    'certificate-key': string | undefined;
  },
  console: Console,
): Promise<void> {
  const [{ board }] = offers;
  const { certificate, 'certificate-key': key, address } = options;
  const { config, target } = readWatcher(board.file, { certificate, key });
  const stop = interruption();
  const bars = new ProgressBars(console);
  const where = `${target.host}:${target.port}`;
  const publish = (topic: string, payload: string | Buffer): void => {
    // What is lost is offered, or asked for, again.
    link.publish({ topic, payload }).catch(() => undefined);
  };
  const link = new BrokerLink({
    target,
    mqtt: target.mqtt,
    address,
    filters: watchedTopics(config).filters,
    onMessage(topic, payload) {
      for (const { board, offer } of offers) {
        const fields = topic === board.topics.reply || topic === board.topics.health ? parse(payload) : null;
        if (fields === null) continue;
        if (topic === board.topics.health) offer.health(fields);
        const block = topic === board.topics.reply ? offer.reply(fields, performance.now()) : null;
        if (block !== null) publish(board.topics.command, block);
      }
    },
    onState(state) {
      if (state.state === 'waiting') bars.note(printable(linkText(state, where).text));
    },
    onRefused: (filter) => bars.note(`the broker refuses the subscription to ${filter}`),
  });
  const end = performance.now() + options.wait * MINUTE;
  try {
    while (!stop.aborted && performance.now() < end && offers.some(({ offer }) => !offer.isOver())) {
      for (const { board, offer } of offers) {
        const next = offer.tick(performance.now());
        if (next !== null) publish(board.topics.command, next);
      }
      bars.draw(offers.map(({ offer }) => offer));
      await new Promise((done) => setTimeout(done, TICK));
    }
  } finally {
    bars.draw(offers.map(({ offer }) => offer));
    bars.end();
    link.close();
  }
}

function parse(payload: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What each board runs. @returns the exit code */
function report(offers: readonly Offered[], console: Console): number {
  for (const { offer } of offers) {
    const { state, board, detail, received, size } = offer;
    if (state === 'done') console.line(`${board}  ${console.style('green', 'updated')}: ${detail}`);
    else if (state === 'failed') console.line(`${board}  ${console.style('red', 'not updated')}: ${printable(detail)}`);
    else {
      const share = Math.round((100 * received) / size);
      console.line(`${board}  ${console.style('yellow', 'not done')}: ${state}, ${share} % received; run it again`);
    }
  }
  return offers.every(({ offer }) => offer.state === 'done') ? EXIT.ok : EXIT.failure;
}
