/**
 * `npm run provision -- --home-assistant`: announces a board to Home Assistant, through the broker of its config. It
 * looks up earlier announcements first, so that a second run changes nothing, and removes entities that the board no
 * longer has.
 */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { SENSORS } from '../../firmware/sensors/catalogue.ts';
import { alarmsOf } from '../config/alarms.ts';
import { isAws, type BoardConfig } from '../config/config.ts';
import { sensorsOf } from '../config/sensors.ts';
import { topicsOf } from '../config/topics.ts';
import { BrokerLink } from '../lib/brokerLink.ts';
import { EXIT, UserError } from '../lib/cli.ts';
import { readWatcher, type Watcher } from '../watch/identity.ts';
import type { Tell } from './device.ts';
import { discoveryConfigs, discoveryFilter, type DiscoveredBoard } from './homeAssistant.ts';

/** ms without a message after which all retained messages are taken to have arrived. */
const QUIET = 1000;
/** ms for the connection and everything on it. */
const PATIENCE = 30_000;

export interface DiscoveryOptions {
  boardFile: string;
  certificate: string | undefined;
  key: string | undefined;
  address: string | undefined;
  /** Withdraws the announcement. */
  remove: boolean;
}

/** @throws UserError, ConfigError */
export async function provideDiscovery(options: DiscoveryOptions, tell: Tell): Promise<void> {
  const { boardFile, certificate, key, address } = options;
  if (address !== undefined && !isIPv4(address)) {
    throw new UserError(`--address: expected an IPv4 address, found '${address}'`, EXIT.usage);
  }
  const watcher = readWatcher(boardFile, { certificate, key });
  if (isAws(watcher.config) && certificate === undefined) {
    throw new UserError(
      `${boardFile}: endpoint.host is AWS IoT Core's, which Home Assistant does not read: it takes boards from a broker in ` +
        "the home. If yours is bridged to AWS, name a certificate that may publish to 'homeassistant/#' with --certificate and --key",
    );
  }
  const board = discoveredBoard(watcher.config);
  const configs = options.remove ? new Map<string, string>() : discoveryConfigs(board);
  await conversation(watcher, address, discoveryFilter(board.thing), async (found, publish) => {
    for (const [topic, payload] of configs) {
      const before = found.get(topic);
      if (before !== payload) await publish(topic, payload);
      tell(before === undefined ? 'made' : before === payload ? 'kept' : 'changed', topic);
    }
    for (const topic of found.keys()) {
      if (configs.has(topic)) continue;
      // An empty retained message deletes the previous one.
      await publish(topic, '');
      tell('removed', topic);
    }
  });
}

function discoveredBoard(config: BoardConfig): DiscoveredBoard {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return {
    thing: config.thing,
    topics: topicsOf(config),
    sensors: sensorsOf(config).map(({ name, sensor }) => ({
      name: name ?? '',
      measures: SENSORS[sensor.type].measures,
    })),
    alarms: alarmsOf(config).map(({ id }) => id),
    firmwareVersion: version,
  };
}

/** Connects, collects the retained messages that match a filter, and passes them on with a function that publishes. */
async function conversation(
  { target }: Watcher,
  address: string | undefined,
  filter: string,
  use: (found: Map<string, string>, publish: (topic: string, payload: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const found = new Map<string, string>();
  let link: BrokerLink | null = null;
  let timer: NodeJS.Timeout | undefined;
  let limit: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((done, fail) => {
      const refuse = (why: string): void => fail(new UserError(`${target.host}:${target.port}: ${why}`));
      limit = setTimeout(() => refuse(`no answer for ${PATIENCE / 1000} s`), PATIENCE);
      const wait = (): void => {
        clearTimeout(timer);
        timer = setTimeout(done, QUIET);
      };
      link = new BrokerLink({
        target,
        mqtt: target.mqtt,
        address,
        filters: [filter],
        onMessage(topic, payload) {
          found.set(topic, Buffer.from(payload).toString('utf8'));
          wait();
        },
        onState(state) {
          if (state.state === 'connected') wait();
          if (state.state === 'waiting') refuse(state.why);
        },
        onRefused: () => refuse(`the broker refuses the subscription to ${filter}`),
      });
    });
    await use(new Map(found), async (topic, payload) => {
      try {
        await link?.publish({ topic, payload, retain: true });
      } catch (error) {
        throw new UserError(`${topic}: ${(error as Error).message}; may this client publish there?`);
      }
    });
  } finally {
    clearTimeout(timer);
    clearTimeout(limit);
    (link as BrokerLink | null)?.close();
  }
}
