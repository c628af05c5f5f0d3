/**
 * What is of one board and no other: its config, checked on the PC, in the forms that cost least at boot. It lies in flash
 * beside the program, as JSON (storedSettings.ts), so that one program serves many boards and holds no secret.
 * The build shortens no name of this file, because the names are data in that JSON.
 */
import type { BoardConfig, ChipSensorConfig, I2cSensorConfig, OneWireSensorConfig } from '../scripts/config/schema.ts';
import type { Topics } from './topics.ts';

/** Bytes in base64. */
export type Base64 = string;

export interface BoardSettings {
  /** When these settings were made, seconds since 1970; older ones do not take their place through the air. */
  made: number;
  /** Public keys that may sign updates: 04 || X || Y on P-256, in hexadecimal digits. None: updates over USB only. */
  updateKeys: string[];
  thing: BoardConfig['thing'];
  wifi: {
    /** One character a byte of the UTF-8 form, because Kaluma hands it to the radio so. 1 to 32 characters. */
    ssid: string;
    password: BoardConfig['wifi']['password'];
  };
  endpoint: BoardConfig['endpoint'] & {
    /** Protocol to ask for by ALPN: `x-amzn-mqtt-ca` on port 443 of AWS. */
    alpn?: string;
  };
  anchors: AnchorSettings[];
  /** What the board shows of itself; null if the broker asks for no certificate. */
  identity: IdentitySettings | null;
  timeServers: BoardConfig['time']['servers'];
  sensors: SensorSettings[];
  /** Names of the sensors; null for a board whose one sensor has none. */
  names: string[] | null;
  /** A number for this list of names, which tells readings of another config; 0 without names. */
  namesMark: number;
  alarms: AlarmSettings[];
  topics: Topics;
  /** Seconds between two readings. */
  intervalSeconds: number;
  /** Whether AWS IoT Jobs are asked for updates; absent if not. */
  jobs?: boolean;
}

/** A root that the server's chain may end at. */
export interface AnchorSettings {
  /** For people: its common name. */
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
  /** DER; the device's own first. */
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
  /** How long the condition must hold. */
  forSeconds: number;
  /** °C. */
  hysteresis: number;
}

/** What the build takes from the catalogue for a sensor of the config. */
interface Catalogued {
  /** For the log: its name, and what a person should know about it. */
  label: string;
}

/** What is known of a chip and of those that could be in its place. */
export interface Lookup {
  /** What the manufacturer calls it. */
  chip: string;
  /** All that the chip can have on I2C. */
  addresses: readonly number[];
  /** Names of chips that could be in this one's place, and their types in the config. */
  types: readonly (readonly [chip: string, type: string])[];
}

/** Of a chip that others can be mistaken for. */
interface Identified extends Catalogued {
  /** JSON of a `Lookup`, which only the search for a fault reads: as text it takes a tenth of the heap. */
  lookup: string;
}

export type ChipSensorSettings = ChipSensorConfig & Catalogued;

export type I2cSensorSettings = I2cSensorConfig &
  Identified & {
    address: number;
    /** Four numbers for each id of the chip: register, bytes of it, mask, value. */
    ids: readonly number[];
  };

export type OneWireSensorSettings = OneWireSensorConfig &
  Identified & {
    family: number;
    /** The ROM code of 8 bytes, of a sensor with an id. */
    rom?: number[];
  };

export type SensorSettings = ChipSensorSettings | I2cSensorSettings | OneWireSensorSettings;
