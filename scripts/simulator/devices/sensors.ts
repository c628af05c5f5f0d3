/** Models of the supported I2C sensors: each answers on the bus as its datasheet describes. */
import type { SensorTypeOn } from '../../../firmware/sensors/catalogue.ts';
import type { I2cDevice } from './i2c.ts';

/** The quantities that the sensors measure; a test may change them at any time. */
export interface Environment {
  celsius: number;
  /** Percent. */
  relativeHumidity: number;
  hectopascals: number;
}

/** A device with a register pointer: the first byte written selects, the rest is stored, reading goes on from there. */
abstract class RegisterDevice implements I2cDevice {
  protected readonly environment: Environment;
  /** Bytes of one register; a read starts at its first. */
  protected readonly width: number = 1;
  protected pointer = 0;
  protected readonly stored = new Map<number, number[]>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.pointer = bytes[0];
    for (let i = 1; i < bytes.length; i += this.width) {
      this.stored.set(this.pointer + (i - 1) / this.width, [...bytes.subarray(i, i + this.width)]);
    }
    return true;
  }

  read(length: number): Uint8Array {
    const bytes: number[] = [];
    for (let at = this.pointer; bytes.length < length; at++)
      bytes.push(...(this.register(at) ?? this.stored.get(at) ?? [0xff]));
    return Uint8Array.from(bytes.slice(0, length));
  }

  /** The bytes of a register that the device itself fills, big-endian. */
  protected abstract register(number: number): number[] | undefined;
}

const big16 = (value: number) => [(value >> 8) & 0xff, value & 0xff];

/** Texas Instruments TMP117 (SNOSD82): 7.8125 m°C a bit, data ready in the configuration register. */
export class Tmp117 extends RegisterDevice {
  protected override readonly width = 2;

  protected register(number: number): number[] | undefined {
    if (number === 0x00) return big16(Math.round(this.environment.celsius * 128));
    if (number === 0x01) return big16(0x0220 | 0x2000);
    return number === 0x0f ? big16(0x0117) : undefined;
  }
}

/** Microchip MCP9808 (DS25095): 1/16 °C, 13 bits, flags above them. */
export class Mcp9808 extends RegisterDevice {
  protected override readonly width = 2;

  protected register(number: number): number[] | undefined {
    // With the limits at their default of 0 °C, a warm kitchen is above two of them.
    if (number === 0x05) return big16((Math.round(this.environment.celsius * 16) & 0x1fff) | 0xc000);
    if (number === 0x06) return big16(0x0054);
    return number === 0x07 ? big16(0x0400) : undefined;
  }
}

/** Sensirion SHT4x (datasheet 4.2–4.6): a command byte, then, once it has measured, two words with their CRCs. */
export class Sht4x implements I2cDevice {
  private readonly environment: Environment;
  private readonly now: () => number;
  private answer: { at: number; words: number[] } | null = null;

  /** @param now microseconds */
  constructor(environment: Environment, now: () => number) {
    this.environment = environment;
    this.now = now;
  }

  write(bytes: Uint8Array): boolean {
    const { celsius, relativeHumidity } = this.environment;
    const measured = [((celsius + 45) / 175) * 65_535, ((relativeHumidity + 6) / 125) * 65_535].map(Math.round);
    const millis = { 0xfd: 8.3, 0xf6: 4.5, 0xe0: 1.6, 0x89: 0 }[bytes[0]];
    if (bytes[0] === 0x94) this.answer = null;
    else if (millis === undefined || bytes.length !== 1) return false;
    else this.answer = { at: this.now() + millis * 1000, words: bytes[0] === 0x89 ? [0x0f2a, 0x1234] : measured };
    return true;
  }

  read(length: number): Uint8Array | null {
    const { answer } = this;
    if (answer === null || answer.at > this.now()) return null;
    this.answer = null;
    const bytes = answer.words.flatMap((word) => [...big16(word), crc8(big16(word))]);
    return Uint8Array.from({ length }, (_, i) => bytes[i] ?? 0xff);
  }
}

/** CRC-8 with polynomial 0x31 and initial value 0xff (datasheet, 4.4). */
function crc8(bytes: number[]): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? 0x31 : 0)) & 0xff;
  }
  return crc;
}

/** A part's trimming values (temperature and pressure: the example in Bosch's BMP280 datasheet, 3.12). */
const TRIM = {
  T: [27_504, 26_435, -1_000],
  P: [36_477, -10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000],
  H: [75, 362, 0, 324, 50, 30],
};

/** Bosch BME280 (BST-BME280-DS002, 4.2.3 and 5): trimming values, and raw numbers that compensate to the truth. */
export class Bme280 extends RegisterDevice {
  private readonly trim: Map<number, number>;

  constructor(environment: Environment) {
    super(environment);
    const { H } = TRIM;
    const little = [...TRIM.T, ...TRIM.P].flatMap((word) => [word & 0xff, (word >> 8) & 0xff]);
    this.trim = new Map(little.map((byte, i) => [0x88 + i, byte]));
    this.trim.set(0xa1, H[0]);
    const humidity = [H[1] & 0xff, H[1] >> 8, H[2], H[3] >> 4, (H[3] & 15) | ((H[4] & 15) << 4), H[4] >> 4, H[5]];
    humidity.forEach((byte, i) => this.trim.set(0xe1 + i, byte));
  }

  protected register(number: number): number[] | undefined {
    if (number === 0xd0) return [0x60];
    if (number === 0xf3) return [0];
    if (number >= 0xf7 && number <= 0xfe) return [this.sample()[number - 0xf7]];
    const byte = this.trim.get(number);
    return byte === undefined ? undefined : [byte];
  }

  private sample(): number[] {
    const { celsius, relativeHumidity, hectopascals } = this.environment;
    const t = solve((raw) => compensateTemperature(raw) / 5_120, celsius, 2 ** 20);
    const fine = compensateTemperature(t);
    const p = solve((raw) => -compensatePressure(raw, fine), -hectopascals * 100, 2 ** 20);
    const h = solve((raw) => compensateHumidity(raw, fine), relativeHumidity, 2 ** 16);
    return [p >> 12, (p >> 4) & 0xff, (p & 15) << 4, t >> 12, (t >> 4) & 0xff, (t & 15) << 4, h >> 8, h & 0xff];
  }
}

/** Bosch BMP280 (BST-BMP280-DS001): the same without humidity. */
export class Bmp280 extends Bme280 {
  protected override register(number: number): number[] | undefined {
    if (number === 0xd0) return [0x58];
    return number >= 0xe1 && number <= 0xf2 ? undefined : super.register(number);
  }
}

/** The smallest raw value whose compensated one reaches `wanted`; `compensate` rises. */
function solve(compensate: (raw: number) => number, wanted: number, end: number): number {
  let low = 0;
  for (let high = end - 1; low < high;) {
    const middle = (low + high) >> 1;
    if (compensate(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** t_fine: 5,120 a degree. */
function compensateTemperature(raw: number): number {
  const [T1, T2, T3] = TRIM.T;
  return (raw / 16_384 - T1 / 1_024) * T2 + (raw / 131_072 - T1 / 8_192) ** 2 * T3;
}

/** Pascals; falls as the raw value rises. */
function compensatePressure(raw: number, fine: number): number {
  const [P1, P2, P3, P4, P5, P6, P7, P8, P9] = TRIM.P;
  const a = fine / 2 - 64_000;
  const b = ((a * a * P6) / 32_768 + a * P5 * 2) / 4 + P4 * 65_536;
  const c = (1 + ((P3 * a * a) / 524_288 + P2 * a) / 524_288 / 32_768) * P1;
  const p = ((1_048_576 - raw - b / 4_096) * 6_250) / c;
  return p + ((P9 * p * p) / 2_147_483_648 + (p * P8) / 32_768 + P7) / 16;
}

/** Percent. */
function compensateHumidity(raw: number, fine: number): number {
  const [H1, H2, H3, H4, H5, H6] = TRIM.H;
  const a = fine - 76_800;
  const slope = (H2 / 65_536) * (1 + (H6 / 67_108_864) * a * (1 + (H3 / 67_108_864) * a));
  const h = (raw - (H4 * 64 + (H5 / 16_384) * a)) * slope;
  return h * (1 - (H1 * h) / 524_288);
}

/** A model of each sensor on I2C. @param now microseconds */
export const I2C_MODELS: Record<SensorTypeOn<'i2c'>, (environment: Environment, now: () => number) => I2cDevice> = {
  tmp117: (environment) => new Tmp117(environment),
  mcp9808: (environment) => new Mcp9808(environment),
  sht4x: (environment, now) => new Sht4x(environment, now),
  bme280: (environment) => new Bme280(environment),
  bmp280: (environment) => new Bmp280(environment),
};
