/** Makes the settings of one board, as they lie in its flash, from its config and the files that the config names. */
import { createHash } from 'node:crypto';
import { SECTOR, SETTINGS_SECTORS } from '../../firmware/layout.ts';
import type { AnchorSettings, BoardSettings, IdentitySettings } from '../../firmware/settings.ts';
import { settingsCopy } from '../../firmware/storedSettings.ts';
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import type { ClientIdentity, TrustAnchor } from '../../src/index.ts';
import { alpnOf, hasJobs, type BoardConfig } from '../config/config.ts';
import { anchorsOf, identityOf } from '../config/credentials.ts';
import type { BoardFiles } from '../config/files.ts';
import { alarmsOf } from '../config/alarms.ts';
import { sensorsOf } from '../config/sensors.ts';
import { topicsOf } from '../config/topics.ts';
import { UserError } from '../lib/cli.ts';
import { sensorSettings } from './sensors.ts';

/**
 * @param made when they are made, ms since 1970
 * @param updateKeys public keys that may sign updates, in the form of `BoardSettings`
 * @throws CertificateError for an anchor that the board could not use
 */
export function boardSettings(
  config: BoardConfig,
  files: BoardFiles,
  made: number,
  updateKeys: string[] = [],
): BoardSettings {
  const { endpoint, wifi } = config;
  const alpn = alpnOf(config);
  const sensors = sensorsOf(config);
  const identity = identityOf(files);
  const names = config.sensors?.map(({ name }) => name) ?? null;
  return {
    made: Math.floor(made / 1000),
    updateKeys,
    thing: config.thing,
    wifi: { ssid: Buffer.from(wifi.ssid, 'utf8').toString('latin1'), password: wifi.password },
    endpoint: { ...endpoint, ...(alpn === undefined ? {} : { alpn }) },
    ...(hasJobs(config) && { jobs: true }),
    anchors: anchorsOf(files).map(anchorSettings),
    identity: identity === null ? null : identitySettings(identity),
    sensors: sensors.map(({ name, sensor }) => sensorSettings(sensor, name)),
    names,
    namesMark: names === null ? 0 : markOf(names),
    alarms: alarmsOf(config),
    timeServers: config.time.servers,
    topics: topicsOf(config),
    intervalSeconds: config.telemetry.intervalSeconds,
  };
}

/** 31 bits of a hash, at least 1. */
function markOf(names: string[]): number {
  return (createHash('sha256').update(names.join('/')).digest().readUInt32BE() >>> 1) | 1;
}

/**
 * One copy of the settings, in ASCII, as `firmware/storedSettings.ts` reads it.
 * @throws UserError if it is longer than its sectors
 */
export function settingsText(settings: BoardSettings): string {
  const text = settingsCopy(settings);
  const most = SETTINGS_SECTORS * SECTOR;
  if (text.length > most) {
    throw new UserError(
      `the settings take ${text.length} bytes of flash, at most ${most} fit; leave out anchors or certificates that are not needed`,
    );
  }
  return text;
}

/** Names what settings hold, without their secrets. */
export function describeSettings(settings: BoardSettings): string {
  const { anchors, identity, sensors, alarms, updateKeys } = settings;
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    'name',
    'Wi-Fi and its password',
    'endpoint',
    ...(identity === null ? [] : ['certificate and private key']),
    count(anchors.length, 'anchor'),
    `${sensors.length === 1 ? 'sensor' : 'sensors'} (${sensors.map(({ type }) => type).join(', ')})`,
    ...(alarms.length === 0 ? [] : [count(alarms.length, 'alarm')]),
    'topics and interval',
    updateKeys.length === 0 ? 'no update key, so updates by USB only' : count(updateKeys.length, 'update key'),
  ].join(', ');
}

function anchorSettings({ subject, publicKey, ...others }: TrustAnchor): AnchorSettings {
  return {
    ...others,
    subject: base64(subject),
    publicKey:
      publicKey.type === 'rsa'
        ? { type: 'rsa', modulus: base64(publicKey.modulus), exponent: publicKey.exponent }
        : { type: 'ec', curve: publicKey.curve, point: base64(publicKey.point) },
  };
}

function identitySettings({ certificates, key }: ClientIdentity): IdentitySettings {
  return { certificates: certificates.map(base64), key: keySettings(key) };
}

function keySettings(key: ClientIdentity['key']): IdentitySettings['key'] {
  const bytes = (number: bigint, length: number): string => base64(bigIntToBytes(number, length));
  if (key.type === 'ec') return { type: 'ec', privateKey: bytes(key.privateKey, 32) };
  const { type, length, exponent, p, q, dP, dQ, qInv } = key;
  const half = (number: bigint): string => bytes(number, length / 2);
  return { type, length, exponent, p: half(p), q: half(q), dP: half(dP), dQ: half(dQ), qInv: half(qInv) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
