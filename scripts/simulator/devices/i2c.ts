/** The two I2C buses and the devices on them. */
import type { I2cHost } from '../realm/host.ts';

/** A device as its bus sees it. */
export interface I2cDevice {
  /** A write transfer. Returns whether it was acknowledged. */
  write(bytes: Uint8Array): boolean;
  /** A read transfer; null if the device does not answer its address, as some do while they measure. */
  read(length: number): Uint8Array | null;
}

export class I2cBuses implements I2cHost {
  private readonly devices = new Map<string, I2cDevice>();
  private readonly opened = new Set<number>();

  /** Plugs a device in; it replaces one that had the same address. */
  attach(bus: 0 | 1, address: number, device: I2cDevice): void {
    this.devices.set(`${bus}:${address}`, device);
  }

  detach(bus: 0 | 1, address: number): void {
    this.devices.delete(`${bus}:${address}`);
  }

  closeAll(): void {
    this.opened.clear();
  }

  /** False for a bus that is open, or pins that it does not come out on (RP2040 datasheet, 1.4.3). */
  open(bus: number, sda: number, scl: number): boolean {
    const [sdaPin, sclPin] = bus === 0 ? [0, 1] : [2, 3];
    const fits = (pin: number, remainder: number) => pin >= 0 && pin <= 27 && pin % 4 === remainder;
    const gap = (pin: number) => pin > 21 && (bus === 0 || pin < 26);
    if ((bus !== 0 && bus !== 1) || this.opened.has(bus)) return false;
    if (!fits(sda, sdaPin) || !fits(scl, sclPin) || gap(sda) || gap(scl)) return false;
    this.opened.add(bus);
    return true;
  }

  close(bus: number): boolean {
    return this.opened.delete(bus);
  }

  write(bus: number, address: number, bytes: Uint8Array): number {
    return this.devices.get(`${bus}:${address}`)?.write(bytes) === true ? bytes.length : -1;
  }

  read(bus: number, address: number, length: number): Uint8Array | null {
    return this.devices.get(`${bus}:${address}`)?.read(length) ?? null;
  }
}
