/** Whom a config's board talks to, and as whom: what our own TLS and MQTT clients take when the PC does it instead. */
import { type ClientIdentity, trustAnchor, type TrustAnchor } from '../../src/index.ts';
import type { MqttClientOptions } from '../../src/mqtt/index.ts';
import { nameForPeople } from '../lib/names.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import { alpnOf, type BoardConfig } from './config.ts';
import type { BoardFiles } from './files.ts';

export interface Target {
  /** For server_name and the certificate. */
  host: string;
  port: number;
  alpn?: string;
  anchors: TrustAnchor[];
  identity: ClientIdentity | null;
  /** Without the will, which has the board's topics. */
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
    anchors: files.anchors.map((der) => trustAnchor(der, nameForPeople(der))),
    identity: identityOf(files),
    mqtt: {
      clientId: config.thing,
      keepAliveSeconds,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    },
  };
}

function identityOf({ certificates, key }: BoardFiles): ClientIdentity | null {
  if (key === null) return null;
  if (key.asymmetricKeyType === 'rsa') return { certificates, key: { type: 'rsa', ...prepareRsaPrivateKey(key) } };
  const scalar = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex');
  return { certificates, key: { type: 'ec', privateKey: BigInt(`0x${scalar}`) } };
}
