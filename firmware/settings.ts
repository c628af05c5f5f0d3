/**
 * What the build bakes into the device program as the module `pico-kitchen:board`: the board config, checked on the
 * PC, in the forms that cost least at boot.
 */
import type { BoardConfig, ChipSensorConfig, I2cSensorConfig, OneWireSensorConfig } from '../scripts/config/schema.ts';

/**
 * Where a byte string is in the program: in the comment in front, in base64, from which character on and how many of them.
 * The engine has no literal for bytes, and never frees one of a text.
 */
export type StoredBytes = readonly [start: number, length: number];

/** `Bytes`: `StoredBytes` on the board, the bytes themselves on the PC. */
export interface BoardSettings<Bytes = StoredBytes> {
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
  anchors: AnchorSettings<Bytes>[];
  /** What the board shows of itself; null if the broker asks for no certificate. */
  identity: IdentitySettings<Bytes> | null;
  sensor: SensorSettings;
  /** The topic has the thing's name in its place. */
  telemetry: BoardConfig['telemetry'];
  /** Version of the program, as in package.json. */
  firmwareVersion: string;
  /** When the program was built, ms since 1970: no true clock is earlier. */
  buildTime: number;
}

/** A root that the server's chain may end at. */
export interface AnchorSettings<Bytes = StoredBytes> {
  /** For people: its common name. */
  name: string;
  /** DER of the subject Name. */
  subject: Bytes;
  publicKey:
    | { type: 'rsa'; /** Big-endian, no leading zero. */ modulus: Bytes; exponent: number }
    | { type: 'ec'; curve: 'P-256' | 'P-384'; /** 04 || X || Y. */ point: Bytes };
}

export interface IdentitySettings<Bytes = StoredBytes> {
  /** DER; the device's own first. */
  certificates: Bytes[];
  key: EcKeySettings | RsaKeySettings<Bytes>;
}

export interface EcKeySettings {
  type: 'ec';
  /** Scalar of P-256. A BigInt literal costs nothing at boot. */
  privateKey: bigint;
}

/** The fields of RsaPrivateKey (src/crypto/rsaSign.ts), as prepared on the PC; numbers are big-endian. */
export interface RsaKeySettings<Bytes = StoredBytes> {
  type: 'rsa';
  length: number;
  exponent: number;
  p: Bytes;
  q: Bytes;
  dP: Bytes;
  dQ: Bytes;
  qInv: Bytes;
}

/** What the build takes from the catalogue for a sensor of the config. */
interface Catalogued {
  /** For the log: its name, and what a person should know of it. */
  label: string;
}

export type ChipSensorSettings = ChipSensorConfig & Catalogued;

export type I2cSensorSettings = I2cSensorConfig & Catalogued & { address: number };

export type OneWireSensorSettings = OneWireSensorConfig & Catalogued;

export type SensorSettings = ChipSensorSettings | I2cSensorSettings | OneWireSensorSettings;
