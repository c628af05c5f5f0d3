/**
 * The flash chip: what survives a power cycle, how long its operations take, and where the power may fail. Kaluma's key-value
 * storage is here whole; the file system is littlefs.ts.
 */
import type { StorageHost } from './realm/host.ts';

/** Typical times of the board's chip (W25Q16JV datasheet, AC characteristics), milliseconds. */
const PROGRAM_MILLIS = 0.4;
const ERASE_MILLIS = 45;

export class Flash {
  /** Pages of 256 B programmed and sectors of 4 KB erased since the board was made. */
  readonly wear = { programmed: 0, erased: 0 };
  private spend: (ms: number) => void = () => {};
  private cut: (() => void) | null = null;
  private operationsLeft = 0;

  /** @param spend lets time pass on the board as it is now */
  attach(spend: (ms: number) => void): void {
    this.spend = spend;
  }

  /** Calls `cut`, which does not return, in place of the `count`-th operation from now (1: the next). */
  cutPowerAt(count: number, cut: () => void): void {
    this.operationsLeft = count;
    this.cut = cut;
  }

  program(): void {
    this.operate(PROGRAM_MILLIS);
    this.wear.programmed++;
  }

  erase(): void {
    this.operate(ERASE_MILLIS);
    this.wear.erased++;
  }

  private operate(ms: number): void {
    this.spend(ms);
    const { cut } = this;
    if (cut === null || --this.operationsLeft > 0) return;
    this.cut = null;
    cut();
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
