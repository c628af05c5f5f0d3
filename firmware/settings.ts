/**
 * The settings of one board: its config, checked on the PC and converted to the forms that cost least at boot. They
 * lie in flash beside the program, as JSON (storedSettings.ts), so that one program serves many boards and holds no
 * secret. The build shortens no name in this file, because the names appear in that JSON.
 */
import type { BoardConfig, ChipSensorConfig, I2cSensorConfig, OneWireSensorConfig } from '../scripts/config/schema.ts';
import type { Topics } from './topics.ts';

/** Bytes in base64. */
export type Base64 = string;

export interface BoardSettings {
  /** Time at which these settings were made, s since 1970; the board refuses an update to older ones. */
  made: number;
  /**
   * Public keys that may sign updates: 04 || X || Y on P-256 in hexadecimal. If there is none, updates come over USB
   * only.
   */
  updateKeys: string[];
  thing: BoardConfig['thing'];
  wifi: {
    /**
     * The bytes of its UTF-8 form, one as each character, because Kaluma passes it to the radio so. 1 to 32
     * characters.
     */
    ssid: string;
    password: BoardConfig['wifi']['password'];
  };
  endpoint: BoardConfig['endpoint'] & {
    /** The protocol to offer by ALPN: `x-amzn-mqtt-ca` on port 443 of AWS. */
    alpn?: string;
  };
  anchors: AnchorSettings[];
  /** The device's certificate and key; null if the broker asks for no certificate. */
  identity: IdentitySettings | null;
  timeServers: BoardConfig['time']['servers'];
  sensors: SensorSettings[];
  /** Names of the sensors; null for a board whose one sensor has none. */
  names: string[] | null;
  /** A number derived from the list of names, to recognize readings of another config; 0 without names. */
  namesMark: number;
  alarms: AlarmSettings[];
  topics: Topics;
  /** Seconds between two readings. */
  intervalSeconds: number;
  /** Whether AWS IoT Jobs are asked for updates; absent if not. */
  jobs?: boolean;
}

/** A root certificate at which the server's chain may end. */
export interface AnchorSettings {
  /** Its common name, for people. */
  name: string;
  /** DER of the subject Name. */
  subject: Base64;
  publicKey:
    | { type: 'rsa'; /** Big-endian, no leading zero. */ modulus: Base64; exponent: number }
    | { type: 'ec'; curve: 'P-256' | 'P-384'; /** 04 || X || Y. */ point: Base64 };
  /** pathLenConstraint of its certificate, if that has one. */
  pathLength?: number;
}

export interface IdentitySettings {
  /** DER, the device's own certificate first. */
  certificates: Base64[];
  key: EcKeySettings | RsaKeySettings;
}

export interface EcKeySettings {
  type: 'ec';
  /** Scalar of P-256, big-endian. */
  privateKey: Base64;
}

/** The fields of RsaPrivateKey (src/crypto/rsaSign.ts), as prepared on the PC; numbers are big-endian. */
export interface RsaKeySettings {
  type: 'rsa';
  length: number;
  exponent: number;
  p: Base64;
  q: Base64;
  dP: Base64;
  dQ: Base64;
  qInv: Base64;
}

export interface AlarmSettings {
  /** Such as `freezer above -12`. */
  id: string;
  /** Index of its sensor. */
  sensor: number;
  condition: 'above' | 'below' | 'silent';
  /** °C, or seconds of silence. */
  limit: number;
  /** Seconds for which the condition must hold before the alarm is raised. */
  forSeconds: number;
  /** °C by which the reading must come back before the alarm is cleared. */
  hysteresis: number;
}

/** The data that the build adds from the catalogue to a sensor of the config. */
interface Catalogued {
  /** The sensor's name and the catalogue's remark about it, for the log. */
  label: string;
}

/** Describes a chip and those that could be in its place. */
export interface Lookup {
  /** Its name at the manufacturer. */
  chip: string;
  /** All addresses that it can have on I2C. */
  addresses: readonly number[];
  /** Names of chips that could be in its place, with their types in the config. */
  types: readonly (readonly [chip: string, type: string])[];
}

/** The data of a sensor in whose place people may have put another chip. */
interface Identified extends Catalogued {
  /** A `Lookup` as JSON, parsed only when a sensor fails: as text it takes a tenth of the heap. */
  lookup: string;
}

export type ChipSensorSettings = ChipSensorConfig & Catalogued;

export type I2cSensorSettings = I2cSensorConfig &
  Identified & {
    address: number;
    /** Four numbers for each id of the chip: register, its length in bytes, mask, value. */
    ids: readonly number[];
  };

export type OneWireSensorSettings = OneWireSensorConfig &
  Identified & {
    family: number;
    /** The ROM code of 8 bytes, if the sensor has an id. */
    rom?: number[];
  };

export type SensorSettings = ChipSensorSettings | I2cSensorSettings | OneWireSensorSettings;
