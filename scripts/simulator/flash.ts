/**
 * The flash chip: what survives a power cycle, how long its operations take, and where the power may fail. Kaluma's key-value
 * storage is here whole; the file system is littlefs.ts.
 */
import type { StorageHost } from './realm/host.ts';

/** Typical times of the board's chip (W25Q16JV datasheet, AC characteristics), milliseconds. */
const PROGRAM_MILLIS = 0.4;
const ERASE_MILLIS = 45;

/** The program area: 128 sectors from 0x10100000 on. */
export const AREA_BYTES = 512 * 1024;
const SECTOR = 4_096;
const PAGE = 256;

export class Flash {
  /** Pages of 256 B programmed and sectors of 4 KB erased since the board was made. */
  readonly wear = { programmed: 0, erased: 0 };
  /** Kaluma's program area; erased flash reads FF. */
  readonly area = new Uint8Array(AREA_BYTES).fill(0xff);
  private spend: (ms: number) => void = () => {};
  private cut: (() => void) | null = null;
  private operationsLeft = 0;
  private share = 0;
  /** Bits of the program area that programming does not clear any more, by their bytes. */
  private readonly stuck = new Map<number, number>();

  /** @param spend lets time pass on the board as it is now */
  attach(spend: (ms: number) => void): void {
    this.spend = spend;
  }

  /**
   * Lets the power fail in the `count`-th operation from now (1: the next).
   * @param share of the bits that an operation on the program area changes before; one on the file system changes nothing
   * @param cut cuts the power and does not return
   */
  cutPowerAt(count: number, share: number, cut: () => void): void {
    this.operationsLeft = count;
    this.share = share;
    this.cut = cut;
  }

  /** Wears out bits of the program area: they are erased, but not programmed any more. @param bits none for all well again */
  stick(at: number, bits: number): void {
    this.stuck.set(at, bits);
  }

  /** Takes the time for programming a page of the file system or of the key-value storage, and counts it as wear. */
  program(): void {
    this.operate(PROGRAM_MILLIS);
    this.wear.programmed++;
  }

  /** Does the same for erasing a sector of them. */
  erase(): void {
    this.operate(ERASE_MILLIS);
    this.wear.erased++;
  }

  /** Writes whole pages of the program area: clears bits, and sets none. */
  programArea(at: number, bytes: Uint8Array): void {
    for (let page = 0; page < bytes.length; page += PAGE) {
      const change = (i: number): number => ~bytes[page + i] & 0xff & ~(this.stuck.get(at + page + i) ?? 0);
      this.operate(PROGRAM_MILLIS, (share) => this.change(at + page, PAGE, change, 0, share));
      this.wear.programmed++;
    }
  }

  /** Erases a sector of the program area. */
  eraseArea(sector: number): void {
    this.operate(ERASE_MILLIS, (share) => this.change(sector * SECTOR, SECTOR, () => 0xff, 0xff, share));
    this.wear.erased++;
  }

  /** Lets an operation take its time, and fail if the power is to be cut in it. @param apply makes this share of its change */
  private operate(ms: number, apply: (share: number) => void = () => undefined): void {
    const { cut } = this;
    const fails = cut !== null && --this.operationsLeft <= 0;
    this.spend(fails ? ms * this.share : ms);
    apply(fails ? this.share : 1);
    if (!fails) return;
    this.cut = null;
    cut();
  }

  /** Sets the bits of `mask` to those of `value`. If `share` is below 1, chance decides for each bit whether it is set. */
  private change(at: number, length: number, mask: (i: number) => number, value: number, share: number): void {
    for (let i = 0; i < length; i++) {
      let bits = mask(i);
      for (let bit = 1; share < 1 && bit < 0x100; bit <<= 1) if (Math.random() >= share) bits &= ~bit;
      this.area[at + i] = (this.area[at + i] & ~bits) | (value & bits);
    }
  }
}

const [ESTGFULL, ESTGSIZE] = [-142, -144];
const SLOTS = 64;
const SLOT_BYTES = 253;

/** Sixty-four pages, each written once until all are erased together. A new value is a removal, then a write. */
export class KeyValueStorage implements StorageHost {
  private slots: ({ key: string; value: string } | 'removed')[] = [];
  private readonly flash: Flash;

  constructor(flash: Flash) {
    this.flash = flash;
  }

  set(key: string, value: string): number {
    if (key.length + value.length > SLOT_BYTES) return ESTGSIZE;
    this.remove(key);
    if (this.slots.length >= SLOTS) return ESTGFULL;
    this.flash.program();
    this.slots.push({ key, value });
    return 0;
  }

  get(key: string): string | null {
    return this.used().find((slot) => slot.key === key)?.value ?? null;
  }

  remove(key: string): void {
    const at = this.slots.findIndex((slot) => slot !== 'removed' && slot.key === key);
    if (at < 0) return;
    this.flash.program();
    this.slots[at] = 'removed';
  }

  clear(): void {
    for (let sector = 0; sector < 4; sector++) this.flash.erase();
    this.slots = [];
  }

  key(index: number): string | null {
    return this.used()[index]?.key ?? null;
  }

  count(): number {
    return this.used().length;
  }

  private used(): { key: string; value: string }[] {
    return this.slots.filter((slot) => slot !== 'removed');
  }
}
