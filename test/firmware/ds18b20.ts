/** A DS18B20 alone on its wire, as its datasheet (19-7487) has it, for the simulated board's pins. */
import type { PulseDevice } from '../../scripts/simulator/devices/pins.ts';
import type { Environment } from '../../scripts/simulator/devices/sensors.ts';
import type { PulseRequest } from '../../scripts/simulator/realm/host.ts';
import { crc8Reflected } from '../../firmware/sensors/crc8.ts';

export class Ds18b20 implements PulseDevice {
  /** 85 °C until the first conversion is over. */
  private raw = 0x0550;
  private readonly environment: Environment;
  /** Bits to be read, the first one first. */
  private bits: number[] = [];
  private answering: 'presence' | 'bit' | null = null;
  private command: number[] = [];

  constructor(environment: Environment) {
    this.environment = environment;
  }

  pulsed(level: 0 | 1, intervals: number[]): void {
    if (level !== 0) throw new Error('the line is never driven high from the start');
    if (intervals.length === 1) {
      const [low] = intervals;
      this.answering = low >= 480 ? 'presence' : low <= 15 ? 'bit' : null;
      if (this.answering === 'presence') this.command = [];
      return;
    }
    // Low and high in turn; the line is sampled 15 to 60 µs after a slot begins.
    if (intervals.length !== 15) throw new Error('expected the slots of a byte, ending high');
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) {
      const low = intervals[2 * bit];
      const slot = low + (intervals[2 * bit + 1] ?? 60);
      if ((low > 15 && low < 60) || low > 120 || slot < 60) throw new Error(`a slot of ${low} and ${slot - low} µs`);
      if (low <= 15) byte |= 1 << bit;
    }
    this.command.push(byte);
    if (this.command.join() === '204,68') this.raw = Math.round(this.environment.celsius * 16);
    if (this.command.join() === '204,190') {
      const scratchpad = Uint8Array.of(this.raw & 0xff, (this.raw >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, 0x0c, 0x10, 0);
      scratchpad[8] = crc8Reflected(scratchpad.subarray(0, 8));
      this.bits = Array.from({ length: 72 }, (_, i) => (scratchpad[i >> 3] >> (i & 7)) & 1);
    }
  }

  respond({ mode }: PulseRequest, count: number): number[] | null {
    if (mode !== 2) throw new Error('the line is to be pulled up');
    if (this.answering === 'presence') return [30, 120].slice(0, count);
    return this.answering === 'bit' && this.bits.shift() === 0 ? [28] : null;
  }
}
