/** Offers updates to boards through the broker that they are connected to, as a client that publishes to their command topics. */
import { BrokerLink } from '../lib/brokerLink.ts';
import { EXIT } from '../lib/cli.ts';
import { printable, type Console } from '../lib/console.ts';
import { parseObject } from '../lib/json.ts';
import { readWatcher } from '../watch/identity.ts';
import { linkText } from '../watch/lines.ts';
import { watchedTopics } from '../watch/topics.ts';
import type { TalkingBoard } from './boards.ts';
import type { Offer } from './offer.ts';
import { ProgressBars } from './progress.ts';

/** ms between two looks at what is to be offered. */
const TICK = 200;

export interface Offered {
  board: TalkingBoard;
  offer: Offer;
}

/** Until every board is done, nobody wants to wait any longer, or Ctrl-C. */
export async function offerAll(
  offers: readonly Offered[],
  options: {
    /** ms. */
    wait: number;
    stop: AbortSignal;
    address: string | undefined;
    certificate: string | undefined;
    'certificate-key': string | undefined;
  },
  console: Console,
): Promise<void> {
  const [{ board }] = offers;
  const { certificate, 'certificate-key': key, address, wait, stop } = options;
  const { target } = readWatcher(board.file, { certificate, key });
  const bars = new ProgressBars(console);
  const where = `${target.host}:${target.port}`;
  const publish = (topic: string, payload: string | Buffer): void => {
    // Lost offers and blocks are repeated.
    link.publish({ topic, payload }).catch(() => undefined);
  };
  const link = new BrokerLink({
    target,
    mqtt: target.mqtt,
    address,
    filters: filtersOf(offers),
    onMessage(topic, payload) {
      for (const { board, offer } of offers) {
        const fields = topic === board.topics.reply || topic === board.topics.health ? parseObject(payload) : null;
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
  const end = performance.now() + wait;
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

/** Boards may have different prefixes; those of one prefix share their filters. */
function filtersOf(offers: readonly Offered[]): string[] {
  return [...new Set(offers.flatMap(({ board }) => watchedTopics(board.config).filters))];
}

/** Prints the program that each board runs. @returns the exit code */
export function report(offers: readonly Offered[], console: Console): number {
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
