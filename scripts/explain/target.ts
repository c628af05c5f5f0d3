/** Whom to talk to: the endpoint of a board config with that board's certificate, or a local one made for the occasion. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message, MqttClientOptions } from '../../src/mqtt/client.ts';
import type { ClientIdentity } from '../../src/tls/prepare.ts';
import { trustAnchor, type TrustAnchor } from '../../src/x509/anchor.ts';
import { isAwsEndpoint, readBoardConfig, telemetryTopic, type BoardConfig } from '../config/config.ts';
import { readBoardFiles, type BoardFiles } from '../config/files.ts';
import { Endpoint } from '../endpoint/endpoint.ts';
import { prepareFolder } from '../endpoint/folder.ts';
import { nameForPeople } from '../lib/names.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import type { ChainKind } from '../lib/certificates.ts';

export interface Target {
  /** For server_name and the certificate. */
  host: string;
  /** What is dialled. */
  address: string;
  port: number;
  alpn?: string;
  anchors: TrustAnchor[];
  identity: ClientIdentity | null;
  mqtt: MqttClientOptions;
  message: Message;
}

/** @throws ConfigError for a config that cannot be used */
export function configuredTarget(boardFile: string): Target {
  const config = readBoardConfig(boardFile);
  const files = readBoardFiles(config, boardFile, Date.now());
  // No reading: who draws curves of the topic must not take it for one.
  const payload = { device: config.thing, note: 'npm run explain', time: new Date().toISOString() };
  return { ...targetOf(config, files, JSON.stringify(payload)), address: config.endpoint.host };
}

/** Starts an endpoint on this machine. @returns it as a target, and what ends it */
export async function localTarget(kind: ChainKind): Promise<{ target: Target; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'pico-kitchen-'));
  let endpoint: Endpoint | undefined;
  const close = async (): Promise<void> => {
    await endpoint?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const prepared = await prepareFolder({ folder, kind, host: 'endpoint.test' });
    endpoint = await Endpoint.start({ ...prepared, port: 0, address: '127.0.0.1' });
    const config = prepared.writeBoardConfig(endpoint.port, 10);
    const files = readBoardFiles(config, prepared.boardFile, Date.now());
    const reading = { device: config.thing, celsius: 21.5, time: new Date().toISOString(), seq: 1, uptime_s: 12 };
    return { target: { ...targetOf(config, files, JSON.stringify(reading)), address: '127.0.0.1' }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function targetOf(config: BoardConfig, files: BoardFiles, payload: string): Omit<Target, 'address'> {
  const { host, port, username, password, keepAliveSeconds } = config.endpoint;
  return {
    host,
    port,
    // As the board asks for it, see scripts/build/settings.ts.
    ...(port === 443 && isAwsEndpoint(config) ? { alpn: 'x-amzn-mqtt-ca' } : {}),
    anchors: files.anchors.map((der) => trustAnchor(der, nameForPeople(der))),
    identity: identityOf(files),
    mqtt: {
      clientId: config.thing,
      keepAliveSeconds,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
    message: { topic: telemetryTopic(config), payload, qos: 1 },
  };
}

function identityOf({ certificates, key }: BoardFiles): ClientIdentity | null {
  if (key === null) return null;
  if (key.asymmetricKeyType === 'rsa') return { certificates, key: { type: 'rsa', ...prepareRsaPrivateKey(key) } };
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex');
  return { certificates, key: { type: 'ec', privateKey: BigInt(`0x${scalar}`) } };
}
