/**
 * A one-wire bus with any number of DS18B20 and DS18S20 on it, as their datasheets have it (19-7487, "1-Wire bus
 * system"; 19-7488). All chips see each slot, and the line is low if one of them pulls it low.
 */
import type { SensorTypeOn } from '../../../firmware/sensors/catalogue.ts';
import type { PulseRequest } from '../realm/host.ts';
import type { PulseDevice } from './pins.ts';
import type { Environment } from './sensors.ts';

type Bit = 0 | 1;

const SKIP_ROM = 0xcc;
const READ_ROM = 0x33;
const MATCH_ROM = 0x55;
const SEARCH_ROM = 0xf0;
const CONVERT = 0x44;
const READ_SCRATCHPAD = 0xbe;
/** µs for 12 bits. */
const CONVERSION = 750_000;

export class OneWireBus implements PulseDevice {
  readonly chips = new Set<OneWireChip>();
  private answering: 'presence' | 'bit' | null = null;
  private level: Bit = 1;

  pulsed(level: Bit, intervals: number[]): void {
    if (level !== 0) throw new Error('the line is never driven high from the start');
    if (intervals.length % 2 === 0) throw new Error('the line must end high');
    this.answering = null;
    if (intervals[0] >= 480) {
      for (const chip of this.chips) chip.reset();
      if (intervals.length === 1) this.answering = 'presence';
      return;
    }
    for (let i = 0; i < intervals.length; i += 2) this.slot(intervals[i], intervals[i + 1] ?? 60);
    if (intervals.length === 1 && intervals[0] <= 15) this.answering = 'bit';
  }

  respond({ mode }: PulseRequest, count: number): number[] | null {
    if (mode !== 2) throw new Error('the line is to be pulled up');
    if (this.chips.size === 0) return null;
    if (this.answering === 'presence') return [30, 120].slice(0, count);
    return this.answering === 'bit' && this.level === 0 ? [28] : null;
  }

  /** The chips sample the line 15 to 60 µs after it fell. */
  private slot(low: number, high: number): void {
    if ((low > 15 && low < 60) || low > 120 || low + high < 60) throw new Error(`a slot of ${low} and ${high} µs`);
    const written: Bit = low <= 15 ? 1 : 0;
    this.level = written;
    for (const chip of this.chips) if (chip.slot(written) === 0) this.level = 0;
  }
}

/** The common behaviour of all chips of the family; a subclass fills the scratchpad. */
export abstract class OneWireChip {
  /** Family, six bytes of serial number, CRC. */
  readonly rom: readonly number[];
  protected readonly environment: Environment;
  private readonly now: () => number;
  /** Takes the next bit that the board writes; null if the chip is not listening. */
  private receive: ((bit: Bit) => void) | null = null;
  /** Bits that the chip puts on the line, in the next slots. */
  private sending: Bit[] = [];
  private celsius: number | null = null;
  private conversion: { at: number; celsius: number } | null = null;

  /** @param serial 12 hex digits, which go over the wire from the last to the first @param now microseconds */
  constructor(family: number, serial: string, environment: Environment, now: () => number) {
    const bytes = [family, ...Buffer.from(serial, 'hex').reverse()];
    this.rom = [...bytes, crc8(bytes)];
    this.environment = environment;
    this.now = now;
  }

  reset(): void {
    this.sending = [];
    this.receiveByte((command) => this.romCommand(command));
  }

  /** @returns the level to which the chip lets the line go */
  slot(written: Bit): Bit {
    const bit = this.sending.shift();
    if (bit !== undefined) return bit;
    this.receive?.(written);
    return 1;
  }

  /** @param celsius what was last converted; null: nothing since power-on @returns 8 bytes */
  protected abstract scratchpad(celsius: number | null): number[];

  private romCommand(command: number): void {
    if (command === SKIP_ROM) this.receiveByte((byte) => this.functionCommand(byte));
    else if (command === READ_ROM) this.send(this.rom, () => this.receiveByte((byte) => this.functionCommand(byte)));
    else if (command === MATCH_ROM) this.match(bitsOf(this.rom));
    else if (command === SEARCH_ROM) this.search(bitsOf(this.rom));
    else this.receive = null;
  }

  private functionCommand(command: number): void {
    this.receive = null;
    const { conversion } = this;
    if (conversion !== null && conversion.at <= this.now()) this.celsius = conversion.celsius;
    if (command === CONVERT) this.conversion = { at: this.now() + CONVERSION, celsius: this.environment.celsius };
    if (command !== READ_SCRATCHPAD) return;
    const bytes = this.scratchpad(this.celsius);
    this.send([...bytes, crc8(bytes)]);
  }

  private match(bits: Bit[]): void {
    this.receive = (bit) => {
      if (bit !== bits.shift()) this.receive = null;
      else if (bits.length === 0) this.receiveByte((byte) => this.functionCommand(byte));
    };
  }

  /** Sends each bit and its complement, and goes on if the board then writes the bit (datasheet, figure 16). */
  private search(bits: Bit[]): void {
    const [bit] = bits;
    this.sending = [bit, bit === 0 ? 1 : 0];
    this.receive = (chosen) => {
      if (chosen !== bit) this.receive = null;
      else if (bits.length > 1) this.search(bits.slice(1));
      else this.receiveByte((byte) => this.functionCommand(byte));
    };
  }

  private send(bytes: readonly number[], then: () => void = () => undefined): void {
    this.sending = bitsOf(bytes);
    this.receive = null;
    then();
  }

  private receiveByte(then: (byte: number) => void): void {
    let byte = 0;
    let count = 0;
    this.receive = (bit) => {
      byte |= bit << count;
      count += 1;
      if (count === 8) then(byte);
    };
  }
}

export class Ds18b20 extends OneWireChip {
  constructor(environment: Environment, now: () => number, serial = '0316a2794aff') {
    super(0x28, serial, environment, now);
  }

  /** 85 °C until the first conversion. */
  protected scratchpad(celsius: number | null): number[] {
    const raw = Math.round((celsius ?? 85) * 16);
    return [raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10];
  }
}

export class Ds18s20 extends OneWireChip {
  constructor(environment: Environment, now: () => number, serial = '0316a2794aff') {
    super(0x10, serial, environment, now);
  }

  /** Half degrees, and what is left of a degree's count of 16. */
  protected scratchpad(celsius: number | null): number[] {
    const wanted = celsius ?? 85;
    const raw = Math.round(wanted * 2);
    const remain = 16 - Math.round((wanted + 0.25 - (raw >> 1)) * 16);
    return [raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0xff, 0xff, remain, 0x10];
  }
}

/** A model of each sensor on one wire. @param now microseconds @param serial 12 hex digits */
export const ONE_WIRE_MODELS: Record<
  SensorTypeOn<'oneWire'>,
  (environment: Environment, now: () => number, serial?: string) => OneWireChip
> = {
  ds18b20: (environment, now, serial) => new Ds18b20(environment, now, serial),
  ds18s20: (environment, now, serial) => new Ds18s20(environment, now, serial),
};

function bitsOf(bytes: readonly number[]): Bit[] {
  return bytes.flatMap((byte) => Array.from({ length: 8 }, (_, i): Bit => ((byte >> i) & 1 ? 1 : 0)));
}

/** The shift register of the datasheet's figure 4: eight stages, the input joined with the last at the 1st, 4th and 5th. */
function crc8(bytes: readonly number[]): number {
  let stages: number[] = Array<number>(8).fill(0);
  for (const bit of bitsOf(bytes)) {
    const feedback = bit ^ stages[7];
    stages = [feedback, ...stages.slice(0, 7)];
    stages[4] ^= feedback;
    stages[5] ^= feedback;
  }
  return stages.reduce((crc, stage, i) => crc | (stage << (7 - i)), 0);
}
