/**
 * What the build bakes into the device program as the module `pico-kitchen:board`: the board config, checked on the
 * PC, in the forms that cost least at boot.
 */

/**
 * Where a byte string is in the program: in the comment in front, in base64, from which character on and how many of them.
 * The engine has no literal for bytes, and never frees one of a text.
 */
export type StoredBytes = readonly [start: number, length: number];

/** `Bytes`: `StoredBytes` on the board, the bytes themselves on the PC. */
export interface BoardSettings<Bytes = StoredBytes> {
  /** Thing name and MQTT client id. */
  thing: string;
  wifi: {
    /** One character a byte of the UTF-8 form, because Kaluma hands it to the radio so. 1 to 32 characters. */
    ssid: string;
    /** 8 to 63 ASCII characters; empty for an open network. */
    password: string;
  };
  endpoint: {
    host: string;
    port: number;
    /** Only where the broker wants them. */
    username?: string;
    password?: string;
    /** Seconds, 30 to 1200. */
    keepAliveSeconds: number;
    /** Protocol to ask for by ALPN: `x-amzn-mqtt-ca` on port 443 of AWS. */
    alpn?: string;
  };
  anchors: AnchorSettings<Bytes>[];
  /** What the board shows of itself; null if the broker asks for no certificate. */
  identity: IdentitySettings<Bytes> | null;
  sensor: SensorSettings;
  telemetry: {
    /** Topic of the readings, with the thing's name in its place. */
    topic: string;
    /** Seconds between two readings. */
    intervalSeconds: number;
  };
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

export interface Calibrated {
  /** Added to every reading, in degrees Celsius. */
  offsetCelsius: number;
}

export interface ChipSensorSettings extends Calibrated {
  type: 'rp2040';
}

export interface I2cSensorSettings extends Calibrated {
  type: 'tmp117' | 'mcp9808' | 'sht4x' | 'bme280';
  bus: 0 | 1;
  sda: number;
  scl: number;
  /** If it is not the sensor's usual one. */
  address?: number;
}

export interface OneWireSensorSettings extends Calibrated {
  type: 'ds18b20';
  pin: number;
}

export type SensorSettings = ChipSensorSettings | I2cSensorSettings | OneWireSensorSettings;
