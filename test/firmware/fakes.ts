/** Stand-ins for the surroundings of the device program's modules. */
import type { Files } from '../../firmware/kaluma/files.ts';
import type { Log } from '../../firmware/log.ts';

/** A log that keeps its lines, without their times. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { lines, log: (level, area, message) => void lines.push(`${level} ${area} ${message}`) };
}

/**
 * Files in memory, replaced as a whole as LittleFS does. Counts writes; fails them while `broken`; and loses power at a
 * write: nothing of it, or all of it, is there, and none after it.
 */
export class MemoryFiles implements Files {
  readonly content = new Map<string, Uint8Array>();
  writes = 0;
  broken = false;
  /** Write, counted from now (1: the next), at which the power fails, and whether it still took place. */
  powerFailsAt = 0;
  failingWriteHappens = false;
  /** Whether it has failed; until it is switched off nothing works. */
  dead = false;

  read(path: string, offset: number, length: number): Uint8Array {
    return (this.content.get(path) ?? new Uint8Array(0)).slice(offset, offset + length);
  }

  write(path: string, bytes: Uint8Array): void {
    this.change(() => this.content.set(path, bytes.slice()));
  }

  append(path: string, bytes: Uint8Array): void {
    const old = this.content.get(path) ?? new Uint8Array(0);
    this.change(() => this.content.set(path, Uint8Array.from([...old, ...bytes])));
  }

  remove(path: string): void {
    this.change(() => this.content.delete(path));
  }

  list(): { name: string; size: number }[] {
    return [...this.content].map(([path, bytes]) => ({ name: path.slice(1), size: bytes.length }));
  }

  private change(action: () => void): void {
    if (this.broken || this.dead) throw new Error('I/O error');
    this.writes += 1;
    this.dead = this.powerFailsAt > 0 && --this.powerFailsAt === 0;
    if (!this.dead || this.failingWriteHappens) action();
    if (this.dead) throw new Error('no power');
  }
}
