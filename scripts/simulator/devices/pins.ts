/** The pins: levels, the ADC with the chip's temperature sensor, and timed pulses for the devices that are attached to them. */
import type { PinsHost, PulseRequest } from '../realm/host.ts';
import type { Environment } from './sensors.ts';

const TEMPERATURE_PIN = 30;
const OUTPUT = 1;
const PULL_UP = 2;

/** Something on a pin that answers pulses in C's own time, such as a one-wire bus. */
export interface PulseDevice {
  /** The board pulled or released the line through `intervals` microseconds, starting at `level`. */
  pulsed(level: 0 | 1, intervals: number[]): void;
  /** Lengths of the levels that follow the trigger, microseconds. */
  respond(request: PulseRequest, count: number): number[] | null;
}

export class Pins implements PinsHost {
  private readonly environment: Environment;
  private readonly modes = new Map<number, number>();
  private readonly levels = new Map<number, 0 | 1>();
  private readonly devices = new Map<number, PulseDevice>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  attach(pin: number, device: PulseDevice): void {
    this.devices.set(pin, device);
  }

  detach(pin: number): void {
    this.devices.delete(pin);
  }

  reset(): void {
    this.modes.clear();
    this.levels.clear();
  }

  setMode(pin: number, mode: number): void {
    this.modes.set(pin, mode);
  }

  read(pin: number): 0 | 1 {
    if (this.modes.get(pin) === OUTPUT) return this.levels.get(pin) ?? 0;
    return this.modes.get(pin) === PULL_UP || this.devices.has(pin) ? 1 : 0;
  }

  write(pin: number, level: 0 | 1): void {
    this.levels.set(pin, level);
  }

  /** In 4,096ths of 3.3 V. The chip's sensor gives 0.706 V at 27 °C and 1.721 mV less a degree (RP2040 datasheet, 4.9.5). */
  analogRead(pin: number): number {
    if (pin !== TEMPERATURE_PIN) return 0;
    const volts = 0.706 - (this.environment.celsius - 27) * 0.001721;
    return Math.round((volts / 3.3) * 4_095) / 4_096;
  }

  pulseWrite(pin: number, level: 0 | 1, intervals: number[]): void {
    this.devices.get(pin)?.pulsed(level, intervals);
  }

  pulseRead(pin: number, count: number, request: PulseRequest): number[] | null {
    const { trigger } = request;
    if (trigger !== null) this.devices.get(trigger.pin)?.pulsed(trigger.startState, trigger.intervals);
    return this.devices.get(pin)?.respond(request, count) ?? null;
  }
}
