/** The settings of one board, made of its config and the files that it names, as they lie in its flash. */
import { createHash, type KeyObject } from 'node:crypto';
import { SECTOR, SETTINGS_SECTORS } from '../../firmware/layout.ts';
import type { AnchorSettings, BoardSettings, IdentitySettings, RsaKeySettings } from '../../firmware/settings.ts';
import { settingsCopy } from '../../firmware/storedSettings.ts';
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import { trustAnchor } from '../../src/index.ts';
import { alpnOf, hasJobs, type BoardConfig } from '../config/config.ts';
import type { BoardFiles } from '../config/files.ts';
import { alarmsOf } from '../config/alarms.ts';
import { sensorsOf } from '../config/sensors.ts';
import { topicsOf } from '../config/topics.ts';
import { UserError } from '../lib/cli.ts';
import { prepareRsaPrivateKey } from '../lib/rsaKey.ts';
import { nameForPeople } from '../lib/names.ts';
import { sensorSettings } from './sensors.ts';

/**
 * @param made when, ms since 1970
 * @param updateKeys public keys that may sign updates, as `BoardSettings` has them
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
  const names = config.sensors?.map(({ name }) => name) ?? null;
  return {
    made: Math.floor(made / 1000),
    updateKeys,
    thing: config.thing,
    wifi: { ssid: Buffer.from(wifi.ssid, 'utf8').toString('latin1'), password: wifi.password },
    endpoint: { ...endpoint, ...(alpn === undefined ? {} : { alpn }) },
    ...(hasJobs(config) && { jobs: true }),
    anchors: files.anchors.map(anchorSettings),
    identity: files.key === null ? null : identitySettings(files.certificates, files.key),
    sensors: sensors.map(({ name, sensor }) => sensorSettings(sensor, name)),
    names,
    namesMark: names === null ? 0 : markOf(names),
    alarms: alarmsOf(config),
    timeServers: config.time.servers,
    topics: topicsOf(config),
    intervalSeconds: config.telemetry.intervalSeconds,
  };
}

/** 31 bits of a hash, 1 at least. */
function markOf(names: string[]): number {
  return (createHash('sha256').update(names.join('/')).digest().readUInt32BE() >>> 1) | 1;
}

/**
 * One copy of the settings as `firmware/storedSettings.ts` reads it, in ASCII.
 * @throws UserError if it is longer than the sectors that it has
 */
export function settingsText(settings: BoardSettings): string {
  const json = JSON.stringify(settings).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const text = settingsCopy(json);
  const most = SETTINGS_SECTORS * SECTOR;
  if (text.length > most) {
    throw new UserError(
      `the settings take ${text.length} bytes of flash, at most ${most} fit; leave out anchors or certificates that are not needed`,
    );
  }
  return text;
}

function anchorSettings(der: Uint8Array): AnchorSettings {
  const { subject, publicKey, ...others } = trustAnchor(der, nameForPeople(der));
  return {
    ...others,
    subject: base64(subject),
    publicKey:
      publicKey.type === 'rsa'
        ? { type: 'rsa', modulus: base64(publicKey.modulus), exponent: publicKey.exponent }
        : { type: 'ec', curve: publicKey.curve, point: base64(publicKey.point) },
  };
}

function identitySettings(certificates: Uint8Array[], key: KeyObject): IdentitySettings {
  const ecKey = (): IdentitySettings['key'] => {
    const { d = '' } = key.export({ format: 'jwk' });
    return { type: 'ec', privateKey: base64(Buffer.from(d, 'base64url')) };
  };
  return {
    certificates: certificates.map(base64),
    key: key.asymmetricKeyType === 'rsa' ? rsaKeySettings(key) : ecKey(),
  };
}

function rsaKeySettings(rsa: KeyObject): RsaKeySettings {
  const { length, exponent, p, q, dP, dQ, qInv } = prepareRsaPrivateKey(rsa);
  const bytes = (number: bigint): string => base64(bigIntToBytes(number, length / 2));
  return { type: 'rsa', length, exponent, p: bytes(p), q: bytes(q), dP: bytes(dP), dQ: bytes(dQ), qInv: bytes(qInv) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
