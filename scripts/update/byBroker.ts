/** Offers updates to boards through the broker that they are connected to, as a client that publishes to their command topics. */
import { EXIT, UserError } from '../lib/cli.ts';
import { printable, type Console } from '../lib/console.ts';
import { parseObject } from '../lib/json.ts';
import { watchedTopics } from '../watch/topics.ts';
import { advised } from './advice.ts';
import type { Place, TalkingBoard } from './targets.ts';
import { isSameBroker, UpdateBroker } from './broker.ts';
import type { Offer } from './offer.ts';
import { ProgressBars } from './progress.ts';

/** ms between two looks at what is to be offered. */
const TICK = 200;
/** ms on a connection after which a board that says nothing is mentioned; it is offered the update three times by then. */
const SILENCE = 15_000;
/** Boards that a line names. */
const NAMED = 5;

export interface Offered {
  board: TalkingBoard;
  offer: Offer;
}

export interface OfferOptions {
  /** ms. */
  wait: number;
  stop: AbortSignal;
  address: string | undefined;
  certificate: string | undefined;
  'certificate-key': string | undefined;
  /** What else may be wrong if nobody answers; empty if nothing. */
  hint?: string;
  /** ms on a connection after which silent boards are mentioned. */
  silence?: number;
}

/** A place of a board, and the connection to the broker there. */
interface Reached extends Offered {
  place: Place;
  broker: UpdateBroker;
}

/**
 * Until every board is done, nobody wants to wait any longer, or Ctrl-C.
 * @returns the broker's name if it was never reached, else null
 */
export async function offerAll(
  offers: readonly Offered[],
  options: OfferOptions,
  console: Console,
): Promise<string | null> {
  const { wait, stop } = options;
  const bars = new ProgressBars(console);
  const note = noteWithHint(bars, options.hint ?? '');
  const places = connect(offers, options, bars, note);
  const [{ broker: first }] = places;
  let isSilenceTold = false;
  const end = performance.now() + wait;
  try {
    while (!stop.aborted && performance.now() < end && offers.some(({ offer }) => !offer.isOver())) {
      for (const { offer } of offers) {
        const next = offer.tick(performance.now());
        if (next === null) continue;
        for (const { place, broker } of places.filter((one) => one.offer === offer)) {
          broker.publish(place.topics.command, next);
        }
      }
      if (!isSilenceTold && performance.now() - (first.connectedAt ?? Infinity) > (options.silence ?? SILENCE)) {
        isSilenceTold = true;
        const silent = offers.filter(({ offer }) => !offer.isHeard);
        if (silent.length > 0) note(silenceText(silent.map(({ board }) => board)));
      }
      bars.draw(offers.map(({ offer }) => offer));
      await new Promise((done) => setTimeout(done, TICK));
    }
  } finally {
    bars.draw(offers.map(({ offer }) => offer));
    bars.end();
    for (const broker of new Set(places.map(({ broker }) => broker))) broker.close();
  }
  return first.connectedAt === null ? first.name : null;
}

/** Adds a hint to the first note. */
function noteWithHint(bars: ProgressBars, hint: string): (text: string) => void {
  let isGiven = hint === '';
  return (text) => {
    bars.note(isGiven ? text : `${text}; ${hint}`);
    isGiven = true;
  };
}

function silenceText(boards: readonly TalkingBoard[]): string {
  const names = boards.slice(0, NAMED).map(({ config }) => config.thing);
  const more = boards.length > NAMED ? ` and ${boards.length - NAMED} more` : '';
  const [{ topics }] = boards[0].places;
  return boards.length === 1
    ? `connected; ${names[0]} has not answered on ${topics.reply}: is it on, is that its name?`
    : `connected; ${names.join(', ')}${more} have not answered, on ${topics.reply} for example: are they on, are these their names?`;
}

/** Connects to the broker at which the boards are, and to those to which settings move them, where their trials end. */
function connect(
  offers: readonly Offered[],
  options: OfferOptions,
  bars: ProgressBars,
  note: (text: string) => void,
): Reached[] {
  const { certificate, 'certificate-key': key, address } = options;
  const [first] = offers[0].board.places;
  const reached: Reached[] = [];
  let left = offers.flatMap((offered) => offered.board.places.map((place) => ({ ...offered, place })));
  while (left.length > 0) {
    const [{ place: one }] = left;
    const here = left.filter(({ place }) => isSameBroker(place.config, one.config));
    left = left.filter((offered) => !here.includes(offered));
    const isFirst = isSameBroker(one.config, first.config);
    try {
      const broker: UpdateBroker = new UpdateBroker({
        file: one.file,
        certificate: isFirst ? certificate : undefined,
        key: isFirst ? key : undefined,
        // It stands for the name of the first broker.
        address: one.config.endpoint.host === first.config.endpoint.host ? address : undefined,
        filters: filtersOf(here.map(({ place }) => place)),
        note: isFirst ? note : (text) => bars.note(text),
        onMessage: (topic, payload) => {
          for (const { place, offer } of here) take(topic, payload, place, offer, broker);
        },
      });
      reached.push(...here.map((each) => ({ ...each, broker })));
    } catch (error) {
      if (isFirst || !(error instanceof UserError)) {
        for (const { broker } of reached) broker.close();
        throw error;
      }
      // The board moves all the same; only its trial cannot be watched.
      bars.note(`cannot watch the board at ${one.config.endpoint.host}: ${error.message}`);
    }
  }
  return reached;
}

function take(topic: string, payload: Uint8Array, { topics }: Place, offer: Offer, broker: UpdateBroker): void {
  const fields = topic === topics.reply || topic === topics.health ? parseObject(payload) : null;
  if (fields === null) return;
  if (topic === topics.health) return offer.health(fields);
  const block = offer.reply(fields, performance.now());
  if (block !== null) broker.publish(topics.command, block);
}

/** Boards may have different prefixes; those of one prefix share their filters. */
function filtersOf(places: readonly Place[]): string[] {
  return [...new Set(places.flatMap(({ config }) => watchedTopics(config).filters))];
}

/**
 * Prints the program that each board runs, if it said so.
 * @param unreached the broker's name if it was never reached
 * @returns the exit code
 */
export function report(offers: readonly Offered[], console: Console, unreached: string | null = null): number {
  for (const { offer } of offers) {
    const { state, board, detail, received, size, running } = offer;
    const runs = running === '' ? '' : printable(`; it ${state === 'on trial' ? '' : 'still '}runs ${running}`);
    if (state === 'done') {
      console.line(`${board}  ${console.style('green', 'updated')}: ${printable(detail)}`);
    } else if (state === 'failed') {
      console.line(`${board}  ${console.style('red', 'not updated')}: ${advised(printable(detail))}${runs}`);
    } else if (unreached !== null) {
      console.line(
        `${board}  ${console.style('yellow', 'not done')}: the broker was never reached: ${printable(unreached)}`,
      );
    } else {
      const how = `${state}, ${Math.round((100 * received) / size)} % received; run it again${runs}`;
      console.line(`${board}  ${console.style('yellow', 'not done')}: ${how}`);
    }
  }
  return offers.every(({ offer }) => offer.state === 'done') ? EXIT.ok : EXIT.failure;
}
