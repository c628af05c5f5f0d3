/** Walks from a board's config to an acknowledged message, with the board's own TLS and MQTT code. */
import type { Socket } from 'node:net';
import { cipherSuiteOf } from '../../src/index.ts';
import { OFFLINE } from '../../firmware/topics.ts';
import type { BoardConfig } from '../config/config.ts';
import { heardTopics, readingTopics, topicsOf } from '../config/topics.ts';
import { targetOf, type Target } from '../config/target.ts';
import { nameForPeople } from '../lib/names.ts';
import type { Account } from '../provision/account.ts';
import { askAmazon } from './amazon.ts';
import { connectCauses, publishCauses, subscribeCauses, tlsCauses } from './causes.ts';
import { BrokerConnection, HandshakeError } from './brokerConnection.ts';
import { checkConfig, checkDates, checkKey } from './files.ts';
import { dialTcp, resolveHost } from './network.ts';
import { HopError, type Passed, type Walk } from './walk.ts';

export interface CheckupOptions {
  boardFile: string;
  /** Dialled in place of the address in DNS. */
  address: string | undefined;
  /** Whether the doctor may connect under the board's client id, which disconnects the board. */
  mayTakeOver: (thing: string) => Promise<boolean>;
  /** ms for each step. */
  patience: number;
  /** The AWS account of this PC's credentials; null if there are none. */
  account: (region: string | undefined) => Promise<Account | null>;
}

/** @throws HopError or UserError of the hop that failed */
export async function checkUp(walk: Walk, options: CheckupOptions): Promise<void> {
  const { boardFile, address, patience } = options;
  const config = await walk.hop('config', () => checkConfig(boardFile));
  await walk.hop('key', () => checkKey(config, boardFile));
  const files = await walk.hop('dates', () => checkDates(config, boardFile, Date.now()));
  const target = targetOf(config, files);
  await askAmazon(walk, config, files, options.account);
  const addresses = await walk.hop('DNS', () => resolveHost(config, address));
  // The question comes before dialling, because no server waits for a person's answer.
  const willTalk = await options.mayTakeOver(config.thing);
  const socket = await walk.hop('TCP', () => dialTcp(config, addresses, patience));
  try {
    const connection = await walk.hop('TLS', () => secure(socket, config, target, patience));
    if (willTalk) await talk(walk, connection, config, target);
    else walk.skip('CONNECT', `left out: it would disconnect ${config.thing} if it is on; --take-over allows it`);
    connection.close();
  } finally {
    socket.destroySoon();
  }
}

async function secure(
  socket: Socket,
  config: BoardConfig,
  target: Target,
  patience: number,
): Promise<Passed<BrokerConnection>> {
  const start = performance.now();
  try {
    const { connection, connected, chain } = await BrokerConnection.secure(socket, target, patience);
    const suite = cipherSuiteOf(connected.cipherSuite)?.name ?? 'an unknown suite';
    const ms = Math.round(performance.now() - start);
    const detail = `${suite} in ${ms} ms; ${names(chain)}; anchor ${connected.anchor}`;
    return { value: connection, detail };
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    const shown = error.chain.length === 0 ? '' : `; the server showed ${names(error.chain)}`;
    const { reason, isAsked } = error;
    throw new HopError(
      error.message + shown,
      tlsCauses(reason, config, { hasShownChain: error.chain.length > 0, isAsked, chain: error.chain }),
    );
  }
}

/** The names of the certificates, each after the one that it signed. */
function names(chain: Uint8Array[]): string {
  return chain.map((der) => nameOrNot(der)).join(' < ');
}

function nameOrNot(der: Uint8Array): string {
  try {
    return nameForPeople(der);
  } catch {
    return 'no certificate';
  }
}

/** Does what the board does: CONNECT with its will, a message to each of its topics, its subscription. */
async function talk(walk: Walk, connection: BrokerConnection, config: BoardConfig, target: Target): Promise<void> {
  const { thing } = config;
  const topics = topicsOf(config);
  const { status, health, reply, shadow = null } = topics;
  const connected = await walk.hop('CONNECT', async () => {
    const will = status !== null && { will: { topic: status, payload: OFFLINE, qos: 1, retain: true } as const };
    const ms = await timed(connection.connect({ ...target.mqtt, ...will }), (error) => connectCauses(error, config));
    return { value: ms, detail: `accepted as '${thing}', CONNACK after ${ms} ms` };
  });
  // Not a reading, because programs that record the topic would store it; and no status, because that is retained.
  const payload = JSON.stringify({ device: thing, note: 'npm run doctor', time: new Date().toISOString() });
  const times: number[] = [];
  for (const topic of [...readingTopics(config), health, reply, shadow]) {
    if (topic === null) continue;
    await walk.hop('PUBLISH', async () => {
      const ms = await timed(connection.publish({ topic, payload }), (error) => publishCauses(error, config, topic));
      times.push(ms);
      return { value: undefined, detail: `${topic}, PUBACK after ${ms} ms` };
    });
  }
  for (const topic of heardTopics(topics)) await walk.hop('SUBSCRIBE', () => subscribe(connection, config, topic));
  await walk.hop('times', () => {
    const sorted = [connected, ...times].sort((a, b) => a - b);
    return { value: undefined, detail: `round trips of ${sorted[0]} to ${sorted[sorted.length - 1]} ms` };
  });
}

async function subscribe(connection: BrokerConnection, config: BoardConfig, command: string): Promise<Passed<void>> {
  const causes = subscribeCauses(config, command);
  let isGranted = false;
  const ms = await timed(
    connection.subscribe(command).then((granted) => (isGranted = granted)),
    () => causes,
  );
  if (!isGranted) throw new HopError(`${command} is refused`, causes);
  return { value: undefined, detail: `${command}, SUBACK after ${ms} ms` };
}

/** Measures how many ms a step takes. @throws HopError with the causes, if the step fails */
async function timed(step: Promise<unknown>, causes: (error: Error) => string[]): Promise<number> {
  const start = performance.now();
  try {
    await step;
  } catch (error) {
    throw new HopError((error as Error).message, causes(error as Error));
  }
  return Math.round(performance.now() - start);
}
