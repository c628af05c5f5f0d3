/** What the build bakes into the program: the board config and its files in the forms of `firmware/settings.ts`. */
import type { KeyObject } from 'node:crypto';
import type { AnchorSettings, BoardSettings, IdentitySettings } from '../../firmware/settings.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { alpnOf, telemetryTopic, type BoardConfig } from '../config/config.ts';
import type { BoardFiles } from '../config/files.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import { nameForPeople } from '../lib/names.ts';

/**
 * @param buildTime ms since 1970
 * @throws CertificateError for an anchor that the board could not use
 */
export function boardSettings(
  config: BoardConfig,
  files: BoardFiles,
  build: { version: string; time: number },
): BoardSettings {
  const { endpoint, wifi } = config;
  const alpn = alpnOf(config);
  return {
    thing: config.thing,
    wifi: { ssid: Buffer.from(wifi.ssid, 'utf8').toString('latin1'), password: wifi.password },
    endpoint: { ...endpoint, ...(alpn === undefined ? {} : { alpn }) },
    anchors: files.anchors.map(anchorSettings),
    identity: files.key === null ? null : identitySettings(files.certificates, files.key),
    sensor: config.sensor,
    telemetry: { topic: telemetryTopic(config), intervalSeconds: config.telemetry.intervalSeconds },
    firmwareVersion: build.version,
    buildTime: build.time,
  };
}

/** The module `pico-kitchen:board`: `settings`, and the code of the one sensor that the board has. */
export function boardModule(settings: BoardSettings): string {
  return [
    `export const settings = ${literal(settings)};`,
    `export { createSensor } from 'firmware/sensors/${settings.sensor.type}.ts';`,
    '',
  ].join('\n');
}

function anchorSettings(der: Uint8Array): AnchorSettings {
  const { name, subject, publicKey } = trustAnchor(der, nameForPeople(der));
  return {
    name,
    subject: base64(subject),
    publicKey:
      publicKey.type === 'rsa'
        ? { type: 'rsa', modulus: base64(publicKey.modulus), exponent: publicKey.exponent }
        : { type: 'ec', curve: publicKey.curve, point: base64(publicKey.point) },
  };
}

function identitySettings(certificates: Uint8Array[], key: KeyObject): IdentitySettings {
  return {
    certificates: certificates.map(base64),
    key:
      key.asymmetricKeyType === 'rsa'
        ? { type: 'rsa', ...prepareRsaPrivateKey(key) }
        : {
            type: 'ec',
            privateKey: BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex')}`),
          },
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

/** JavaScript source of a value of objects, arrays, strings, numbers, BigInts and null, in ASCII. */
function literal(value: unknown): string {
  if (typeof value === 'bigint') return `0x${value.toString(16)}n`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{ ${fields.map(([name, field]) => `${name}: ${literal(field)}`).join(', ')} }`;
}
