/** Chooses the server to talk to: the endpoint of a board config, with that board's certificate, or a local one made for the occasion. */
import { isPlaceholder, readBoardConfig } from '../config/config.ts';
import { readingTopics, topicsOf } from '../config/topics.ts';
import { readBoardFiles } from '../config/files.ts';
import { targetOf, type Target as EndpointTarget } from '../config/target.ts';
import { Endpoint } from '../endpoint/localEndpoint.ts';
import { type EndpointFolder, prepareFolder } from '../endpoint/folder.ts';
import type { ServerChainKind } from '../lib/certificates.ts';
import { UserError } from '../lib/cli.ts';
import { throwAwayFolder } from '../lib/files.ts';
import { decodePem } from '../../src/index.ts';
import type { Message } from '../../src/mqtt/index.ts';

export interface Target extends EndpointTarget {
  /** Whether all keys are throw-away ones. */
  kind: 'local' | 'configured';
  /** DER of the authority that the endpoint trusts device certificates of; null if it is somebody else's. */
  deviceAuthority: Uint8Array | null;
  /** The server to dial. */
  address: string;
  message: Message;
  /** Whether to go on with MQTT behind the handshake. */
  talks: boolean;
}

/** The name of a config's board, before anything is dialled. @throws UserError for a config that cannot be used */
export function boardName(boardFile: string): string {
  const config = readBoardConfig(boardFile);
  const { host } = config.endpoint;
  if (!isPlaceholder(host)) return config.thing;
  const next = 'npm run provision puts your own in its place; --local explains a connection to an endpoint on this PC';
  throw new UserError(`${boardFile}: endpoint.host is still the example's ${host}; ${next}`);
}

/**
 * @param talks whether MQTT's CONNECT may throw a board of that name out
 * @param publishes whether the message goes to the topic of the readings, or else to that of the board's replies
 * @throws UserError for a config that cannot be used
 */
export function configuredTarget(
  boardFile: string,
  { talks, publishes }: { talks: boolean; publishes: boolean },
): Target {
  const config = readBoardConfig(boardFile);
  const files = readBoardFiles(config, boardFile, Date.now());
  // It is no reading: programs that draw curves of the topic must not take it for one.
  const payload = { device: config.thing, note: 'npm run explain', time: new Date().toISOString() };
  const { reply } = topicsOf(config);
  const [telemetry] = readingTopics(config);
  const topic = publishes ? telemetry : reply;
  const { host } = config.endpoint;
  const target = { ...targetOf(config, files), address: host, kind: 'configured', deviceAuthority: null } as const;
  const message: Message = { topic: topic ?? telemetry, payload: JSON.stringify(payload), qos: 1 };
  // A config may switch the replies' topic off: then there is nothing to be published.
  return { ...target, message, talks: talks && topic !== null };
}

/** Starts an endpoint on this machine. @returns it as a target, and a function that ends it */
export async function localTarget(kind: ServerChainKind): Promise<{ target: Target; close: () => Promise<void> }> {
  const { folder, remove } = throwAwayFolder();
  let endpoint: Endpoint | undefined;
  const close = async (): Promise<void> => {
    await endpoint?.close();
    remove();
  };
  try {
    const prepared = await prepareFolder({ folder, kind, host: 'endpoint.test' });
    // If the certificates are on P-384, the key exchange is on that curve as well.
    const groups = kind === 'p384' ? { groups: 'secp384r1:prime256v1' } : {};
    endpoint = await Endpoint.start({ ...prepared, ...groups, port: 0, address: '127.0.0.1' });
    return { target: targetFor(prepared, endpoint.port), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An endpoint on this machine, and the device that its folder was made for. */
export function targetFor(prepared: EndpointFolder, port: number): Target {
  const config = prepared.writeBoardConfig(port, 10);
  const files = readBoardFiles(config, prepared.boardFile, Date.now());
  const reading = { device: config.thing, celsius: 21.5, time: new Date().toISOString(), seq: 1, uptime_s: 12 };
  const [{ der: deviceAuthority }] = decodePem(prepared.deviceAuthority, 'CERTIFICATE');
  const message: Message = { topic: readingTopics(config)[0], payload: JSON.stringify(reading), qos: 1 };
  return { ...targetOf(config, files), address: '127.0.0.1', kind: 'local', deviceAuthority, message, talks: true };
}
