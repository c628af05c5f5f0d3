/** What the build bakes into the program: the board config and its files in the forms of `firmware/settings.ts`. */
import type { KeyObject } from 'node:crypto';
import { SENSORS, type SensorEntry } from '../../firmware/sensors/catalogue.ts';
import type {
  AnchorSettings,
  BoardSettings,
  IdentitySettings,
  RsaKeySettings,
  SensorSettings,
} from '../../firmware/settings.ts';
import { bigIntToBytes } from '../../src/crypto/bigint.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { alpnOf, telemetryTopic, type BoardConfig } from '../config/config.ts';
import type { BoardFiles } from '../config/files.ts';
import type { SensorConfig } from '../config/schema.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import { nameForPeople } from '../lib/names.ts';
import { STORED } from '../linker/parts.ts';

/**
 * @param buildTime ms since 1970
 * @throws CertificateError for an anchor that the board could not use
 */
export function boardSettings(
  config: BoardConfig,
  files: BoardFiles,
  build: { version: string; time: number },
): BoardSettings<Uint8Array> {
  const { endpoint, wifi } = config;
  const alpn = alpnOf(config);
  return {
    thing: config.thing,
    wifi: { ssid: Buffer.from(wifi.ssid, 'utf8').toString('latin1'), password: wifi.password },
    endpoint: { ...endpoint, ...(alpn === undefined ? {} : { alpn }) },
    anchors: files.anchors.map(anchorSettings),
    identity: files.key === null ? null : identitySettings(files.certificates, files.key),
    sensor: sensorSettings(config.sensor),
    telemetry: { topic: telemetryTopic(config), intervalSeconds: config.telemetry.intervalSeconds },
    firmwareVersion: build.version,
    buildTime: build.time,
  };
}

/** @returns a sensor with what the catalogue says of its type */
function sensorSettings(sensor: SensorConfig): SensorSettings {
  const entry: SensorEntry = SENSORS[sensor.type];
  const label = entry.remark === undefined ? entry.label : `${entry.label}, ${entry.remark}`;
  if ('bus' in sensor) return { address: SENSORS[sensor.type].addresses[0], ...sensor, label };
  return { ...sensor, label };
}

/** The module `pico-kitchen:board`: `settings`, and the code of the one sensor that the board has. */
export function boardModule(settings: BoardSettings<Uint8Array>): string {
  return [
    `export const settings = ${literal(settings)};`,
    `export { createSensor } from 'firmware/sensors/${settings.sensor.type}.ts';`,
    '',
  ].join('\n');
}

function anchorSettings(der: Uint8Array): AnchorSettings<Uint8Array> {
  const { name, subject, publicKey } = trustAnchor(der, nameForPeople(der));
  return {
    name,
    subject,
    publicKey:
      publicKey.type === 'rsa'
        ? { type: 'rsa', modulus: publicKey.modulus, exponent: publicKey.exponent }
        : { type: 'ec', curve: publicKey.curve, point: publicKey.point },
  };
}

function identitySettings(certificates: Uint8Array[], key: KeyObject): IdentitySettings<Uint8Array> {
  return {
    certificates,
    key:
      key.asymmetricKeyType === 'rsa'
        ? rsaKeySettings(key)
        : {
            type: 'ec',
            privateKey: BigInt(`0x${Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url').toString('hex')}`),
          },
  };
}

function rsaKeySettings(rsa: KeyObject): RsaKeySettings<Uint8Array> {
  const { length, exponent, p, q, dP, dQ, qInv } = prepareRsaPrivateKey(rsa);
  const bytes = (number: bigint): Uint8Array => bigIntToBytes(number, length / 2);
  return { type: 'rsa', length, exponent, p: bytes(p), q: bytes(q), dP: bytes(dP), dQ: bytes(dQ), qInv: bytes(qInv) };
}

/** JavaScript source of a value of objects, arrays, strings, bytes, numbers, BigInts and null, in ASCII. */
function literal(value: unknown): string {
  if (value instanceof Uint8Array) return `['${STORED}${Buffer.from(value).toString('base64')}']`;
  if (typeof value === 'bigint') return `0x${value.toString(16)}n`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{ ${fields.map(([name, field]) => `${name}: ${literal(field)}`).join(', ')} }`;
}
