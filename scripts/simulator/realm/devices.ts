/** Pins, I2C and the modules of a few lines: `i2c`, `rtc`, `wdt`, `rp2`, `flash`, `pico_cyw43`'s LED. */
import { checkNumber, systemError } from './errors.ts';
import type { Host, PulseRequest } from './host.ts';

const [EINVPIN, EDEVINIT, EDEVREAD, EDEVWRITE] = [-140, -145, -146, -147];
const LAST_PIN = 29;
const SECTOR = 4096;
const PAGE = 256;
/** Numbers of the flash device's operations. */
const ERASE = 6;

/** Level constants and calls that are globals. */
export function makePins(host: Host) {
  const { pins } = host;
  const checkPin = (pin: unknown): number => {
    checkNumber(pin, 'pin');
    if (pin < 0 || pin > LAST_PIN) throw systemError(EINVPIN);
    return pin;
  };
  const each = (pin: number | number[], action: (pin: number) => void) =>
    Array.isArray(pin) ? pin.forEach((one) => action(checkPin(one))) : action(checkPin(pin));
  const level = (value: unknown): 0 | 1 => (value ? 1 : 0);

  return {
    LOW: 0,
    HIGH: 1,
    INPUT: 0,
    OUTPUT: 1,
    INPUT_PULLUP: 2,
    INPUT_PULLDOWN: 3,
    LOW_LEVEL: 1,
    HIGH_LEVEL: 2,
    FALLING: 4,
    RISING: 8,
    CHANGE: 12,
    pinMode: (pin: number | number[], mode = 0) => each(pin, (one) => pins.setMode(one, mode)),
    digitalRead: (pin: number) => pins.read(checkPin(pin)),
    digitalWrite: (pin: number | number[], value = 0) => each(pin, (one) => pins.write(one, level(value))),
    digitalToggle: (pin: number) => pins.write(checkPin(pin), level(pins.read(pin) === 0)),
    analogRead(pin: number): number {
      checkNumber(pin, 'pin');
      if (pin < 26 || pin > 30) throw systemError(EINVPIN);
      host.block(1, false);
      return pins.analogRead(pin);
    },
    pulseRead(pin: number, count: number, options?: PulseOptions): number[] | null {
      checkNumber(count, 'count');
      const result = pins.pulseRead(checkPin(pin), count & 0xff, pulseRequest(pin, options));
      return result === null || result.length === 0 ? null : Array.from(result);
    },
    pulseWrite(pin: number, value: number, intervals: number[]): number {
      if (!Array.isArray(intervals)) throw new RangeError('The interval is not an array type');
      const limited = intervals.map((interval) => Math.min(interval, 0xffff));
      pins.pulseWrite(checkPin(pin), level(value), limited);
      return limited.length;
    },
  };
}

interface PulseOptions {
  timeout?: number;
  startState?: number;
  mode?: number;
  trigger?: { pin?: number; startState?: number; interval?: number[] };
}

function pulseRequest(pin: number, options: PulseOptions = {}): PulseRequest {
  const { trigger } = options;
  return {
    timeoutMicros: options.timeout ?? 1_000_000,
    startState: options.startState === undefined ? null : options.startState ? 1 : 0,
    mode: options.mode ?? null,
    trigger:
      trigger === undefined
        ? null
        : {
            pin: trigger.pin ?? pin,
            startState: trigger.startState ? 1 : 0,
            intervals: Array.from(trigger.interval ?? []),
          },
  };
}

export function makeI2c({ i2c }: Host) {
  /** The C code sends the whole ArrayBuffer, wherever a subarray starts or ends. */
  const sent = (data: Uint8Array | string): Uint8Array => {
    if (typeof data === 'string') return Uint8Array.from(data, (char) => char.charCodeAt(0));
    if (data instanceof Uint8Array) return new Uint8Array(data.buffer);
    throw new TypeError('The data argument must be Uint8Array or string.');
  };
  const pointer = (register: number, bits = 8) => Uint8Array.from(bits === 16 ? [register >> 8, register] : [register]);

  class I2C {
    static MASTER = 0;
    static SLAVE = 1;
    bus?: number;
    mode = I2C.MASTER;
    baudrate: number;
    sda: number;
    scl: number;

    constructor(bus: number, options: { sda?: number; scl?: number; baudrate?: number } = {}) {
      checkNumber(bus, 'bus');
      const [sda, scl] = bus === 0 ? [4, 5] : [2, 3];
      this.baudrate = options.baudrate ?? 100_000;
      this.sda = options.sda ?? sda;
      this.scl = options.scl ?? scl;
      if (!i2c.open(bus, this.sda, this.scl)) throw systemError(EDEVINIT);
      this.bus = bus;
    }

    write(data: Uint8Array | string, address: number): number {
      const bus = this.opened();
      checkNumber(address, 'address');
      const written = i2c.write(bus, address, sent(data));
      if (written < 0) throw systemError(EDEVWRITE);
      return written;
    }

    read(length: number, address: number): Uint8Array {
      checkNumber(length, 'length');
      const bus = this.opened();
      checkNumber(address, 'address');
      const bytes = i2c.read(bus, address, length);
      if (bytes === null) throw systemError(EDEVREAD);
      return new Uint8Array(bytes);
    }

    /** Two transfers, each beginning with the address: a register device takes the first data byte for a register. */
    memWrite(data: Uint8Array | string, address: number, register: number, bits?: number): number {
      const bus = this.opened();
      if (i2c.write(bus, address, pointer(register, bits)) < 0) throw systemError(EDEVWRITE);
      return this.write(data, address);
    }

    memRead(length: number, address: number, register: number, bits?: number): Uint8Array {
      const bus = this.opened();
      if (i2c.write(bus, address, pointer(register, bits)) < 0) throw systemError(EDEVREAD);
      return this.read(length, address);
    }

    close(): void {
      if (!i2c.close(this.opened())) throw systemError(EDEVINIT);
      delete this.bus;
    }

    private opened(): number {
      if (this.bus === undefined) throw new ReferenceError('I2C bus is not initialized.');
      return this.bus;
    }
  }
  return { I2C };
}

export function makeSmallModules(host: Host) {
  class WDT {
    timeout: number;

    constructor(timeout: number) {
      checkNumber(timeout, 'timeout');
      this.timeout = timeout >>> 0;
      host.startWatchdog(this.timeout);
    }

    feed(this: void): void {
      host.feedWatchdog();
    }
  }

  class Flash {
    base: number;
    count: number;
    size = SECTOR;

    constructor(base = 0, count = 260) {
      this.base = base;
      this.count = count;
    }

    read(sector: number, buffer: Uint8Array, offset = 0): void {
      buffer.set(host.readFlash((this.base + sector) * SECTOR + offset, buffer.length));
    }

    /** The C code writes from the beginning of the ArrayBuffer, and does nothing at all for what is no page. */
    write(sector: number, data: Uint8Array, offset = 0): void {
      if (offset % PAGE !== 0 || data.length % PAGE !== 0) return;
      host.programFlash((this.base + sector) * SECTOR + offset, new Uint8Array(data.buffer, 0, data.length));
    }

    ioctl(operation: number, sector: number): number {
      if (operation === ERASE) host.eraseFlash((this.base + sector) * SECTOR);
      return 0;
    }
  }

  class PicoCYW43 {
    private lit = false;

    putGpio(pin: number, on: boolean): void {
      if (pin !== 0) return;
      this.lit = on;
      host.radio.setLed(on);
    }

    getGpio(pin: number): boolean {
      return pin === 0 && this.lit;
    }
  }

  return {
    wdt: { WDT },
    flash: { Flash },
    PicoCYW43,
    rtc: {
      setTime(time: number): void {
        checkNumber(time, 'time');
        host.setClockTime(Math.trunc(time));
      },
      getTime: () => host.clockTime(),
    },
    rp2: { TEMPERATURE_ADC: 30, randomBigInt: () => host.random128() },
  };
}
