/** The broker of a config, and the board's identity there, in the forms that our TLS and MQTT clients take on the PC. */
import type { ClientIdentity, TrustAnchor } from '../../src/index.ts';
import type { MqttClientOptions } from '../../src/mqtt/index.ts';
import { alpnOf, type BoardConfig } from './config.ts';
import { anchorsOf, identityOf } from './credentials.ts';
import type { BoardFiles } from './files.ts';

export interface Target {
  /** The name for server_name and for checking the certificate. */
  host: string;
  port: number;
  alpn?: string;
  anchors: TrustAnchor[];
  identity: ClientIdentity | null;
  /** The board's options, without the will, which only the board itself may set. */
  mqtt: MqttClientOptions;
}

/** @throws CertificateError for an anchor that the board could not use */
export function targetOf(config: BoardConfig, files: BoardFiles): Target {
  const { host, port, username, password, keepAliveSeconds } = config.endpoint;
  const alpn = alpnOf(config);
  return {
    host,
    port,
    ...(alpn === undefined ? {} : { alpn }),
    anchors: anchorsOf(files),
    identity: identityOf(files),
    mqtt: {
      clientId: config.thing,
      keepAliveSeconds,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
  };
}
