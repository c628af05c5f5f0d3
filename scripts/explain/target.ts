/** Whom to talk to: the endpoint of a board config with that board's certificate, or a local one made for the occasion. */
import type { Message } from '../../src/mqtt/client.ts';
import { readCompleteConfig, type BoardConfig } from '../config/config.ts';
import { readingTopics } from '../config/topics.ts';
import { readBoardFiles, type BoardFiles } from '../config/files.ts';
import { targetOf, type Target as EndpointTarget } from '../config/target.ts';
import { Endpoint } from '../endpoint/localEndpoint.ts';
import { prepareFolder } from '../endpoint/folder.ts';
import type { ChainKind } from '../lib/certificates.ts';
import { throwAwayFolder } from '../lib/files.ts';

export interface Target extends EndpointTarget {
  /** What is dialled. */
  address: string;
  message: Message;
}

/** @throws ConfigError for a config that cannot be used */
export function configuredTarget(boardFile: string): Target {
  const config = readCompleteConfig(boardFile);
  const files = readBoardFiles(config, boardFile, Date.now());
  // No reading: who draws curves of the topic must not take it for one.
  const payload = { device: config.thing, note: 'npm run explain', time: new Date().toISOString() };
  return targetFor(config, files, JSON.stringify(payload), config.endpoint.host);
}

/** Starts an endpoint on this machine. @returns it as a target, and what ends it */
export async function localTarget(kind: ChainKind): Promise<{ target: Target; close: () => Promise<void> }> {
  const { folder, remove } = throwAwayFolder();
  let endpoint: Endpoint | undefined;
  const close = async (): Promise<void> => {
    await endpoint?.close();
    remove();
  };
  try {
    const prepared = await prepareFolder({ folder, kind, host: 'endpoint.test' });
    endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
    const config = prepared.writeBoardConfig(endpoint.port, 10);
    const files = readBoardFiles(config, prepared.boardFile, Date.now());
    const reading = { device: config.thing, celsius: 21.5, time: new Date().toISOString(), seq: 1, uptime_s: 12 };
    return { target: targetFor(config, files, JSON.stringify(reading), '127.0.0.1'), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function targetFor(config: BoardConfig, files: BoardFiles, payload: string, address: string): Target {
  return { ...targetOf(config, files), address, message: { topic: readingTopics(config)[0], payload, qos: 1 } };
}
