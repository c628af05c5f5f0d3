/**
 * Kaluma's `fs` and `storage`. Reads and writes work on the whole ArrayBuffer behind what they are given, from its
 * beginning, wherever a subarray starts (seen on the real image), and a file opened for reading can be written to.
 */
import { checked, checkNumber, checkString, raise, systemError } from './errors.ts';
import { DIRECTORY, type Host } from './host.ts';
import * as path from './path.ts';

const EBADF = -9;
const ENOENT = -2;
const ESTGFULL = -142;

/** Flags of Kaluma's virtual file system. */
const [READ, WRITE, CREATE, APPEND, EXCLUSIVE, TRUNCATE] = [1, 2, 4, 8, 16, 32];
const MODES: Record<string, number> = {
  r: READ,
  'r+': READ | WRITE,
  w: WRITE | CREATE | TRUNCATE,
  wx: WRITE | EXCLUSIVE,
  'w+': WRITE | READ | TRUNCATE,
  'wx+': WRITE | READ | EXCLUSIVE,
  a: APPEND,
  ax: APPEND | EXCLUSIVE,
  'a+': APPEND | READ,
};

class Stats {
  type: number;
  size: number;

  constructor({ type, size }: { type: number; size: number }) {
    this.type = type;
    this.size = size;
  }

  isDirectory(): boolean {
    return this.type === 2;
  }

  isFile(): boolean {
    return this.type === 1;
  }
}

/** The object of the mounted disk, which the program uses itself. */
export function makeDisk({ files }: Host) {
  return {
    path: '/',
    open(name: string, flags: number, mode: number): number {
      checkString(name, 'path');
      checkNumber(flags, 'flags');
      checkNumber(mode, 'mode');
      return checked(files.open(name, flags));
    },
    read(id: number, buffer: Uint8Array, offset = 0, length?: number, position = -1): number {
      const { bytes, given } = whole(buffer);
      return checked(files.read(id, bytes.subarray(offset), length ?? given, position));
    },
    write(id: number, data: Uint8Array, offset = 0, length?: number, position = -1): number {
      const { bytes, given } = whole(data);
      return checked(files.write(id, bytes.slice(offset, offset + (length ?? given)), position));
    },
    close: (id: number) => void checked(files.close(id)),
    stat(name: string): { type: number; size: number } {
      const found = checked(files.stat(name));
      return { type: found === DIRECTORY ? 2 : 1, size: found === DIRECTORY ? 0 : found };
    },
    rename: (from: string, to: string) => void checked(files.rename(from, to)),
    unlink: (name: string) => void checked(files.remove(name)),
    mkdir: (name: string) => void checked(files.makeDirectory(name)),
    rmdir: (name: string) => void checked(files.remove(name)),
    readdir(name: string): string[] {
      const found = files.list(name);
      return typeof found === 'number' ? [String(checked(found))] : Array.from(found);
    },
  };
}

/** The bytes that the C code takes for the buffer. */
function whole(buffer: unknown): { bytes: Uint8Array; given: number } {
  if (!ArrayBuffer.isView(buffer)) throw new TypeError('"buffer" argument must be an TypedArray');
  return { bytes: new Uint8Array(buffer.buffer), given: buffer.byteLength };
}

/** @param mounts the disk that Kaluma mounts when it starts; none if the module is loaded again later */
export function makeFs(mounts: readonly ReturnType<typeof makeDisk>[]) {
  const disk = () => mounts[0] ?? raise(systemError(ENOENT));
  /** The file's number in LittleFS for each open descriptor. */
  const open: (number | null)[] = [];
  let directory = '/';
  const absolute = (name: string) => path.resolve(directory, name);

  function fileOf(fd: number): number {
    const id = open[fd];
    if (id === null || id === undefined) throw systemError(EBADF);
    return id;
  }

  const fs = {
    Stats,
    __mounts: mounts,
    open(name: string, flags = 'r'): number {
      const id = disk().open(absolute(name), MODES[flags] ?? 0, 0);
      const free = open.indexOf(null);
      if (free < 0) return open.push(id) - 1;
      open[free] = id;
      return free;
    },
    read: (fd: number, buffer: Uint8Array, ...where: number[]) => disk().read(fileOf(fd), buffer, ...where),
    write: (fd: number, data: Uint8Array, ...where: number[]) => disk().write(fileOf(fd), data, ...where),
    close(fd: number): void {
      disk().close(fileOf(fd));
      open[fd] = null;
    },
    readFile(name: string): Uint8Array {
      const buffer = new Uint8Array(fs.stat(name).size);
      const fd = fs.open(name, 'r');
      fs.read(fd, buffer, 0, buffer.length, 0);
      fs.close(fd);
      return buffer;
    },
    writeFile(name: string, data: Uint8Array): void {
      const fd = fs.open(name, 'w');
      fs.write(fd, data, 0, data.length, 0);
      fs.close(fd);
    },
    exists(name: string): boolean {
      try {
        disk().stat(absolute(name));
        return true;
      } catch {
        return false;
      }
    },
    stat: (name: string) => new Stats(disk().stat(absolute(name))),
    /** These two do not resolve relative names. */
    rename: (from: string, to: string) => disk().rename(from, to),
    unlink: (name: string) => disk().unlink(absolute(name)),
    mkdir: (name: string) => disk().mkdir(absolute(name)),
    rmdir: (name: string) => disk().rmdir(absolute(name)),
    rm: (name: string) => disk().unlink(absolute(name)),
    readdir: (name: string) => disk().readdir(absolute(name)),
    cwd: () => directory,
    chdir(name: string): void {
      if (!fs.stat(name).isDirectory()) throw systemError(ENOENT);
      directory = absolute(name);
    },
  };
  return fs;
}

export function makeStorage({ storage }: Host) {
  const set = (key: string, value: string) => checked(storage.set(key, value));
  return {
    /** A full storage is swept: erased and written again. */
    setItem(key: string, value: string): void {
      checkString(key, 'key');
      checkString(value, 'value');
      try {
        set(key, value);
      } catch (error) {
        if ((error as { errno?: number }).errno !== ESTGFULL) throw error;
        const kept: [string, string][] = [];
        for (let i = 0; i < storage.count(); i++) {
          const name = storage.key(i) ?? '';
          kept.push([name, storage.get(name) ?? '']);
        }
        storage.clear();
        for (const [name, text] of kept) set(name, text);
        set(key, value);
      }
    },
    getItem(key: string): string | null {
      checkString(key, 'key');
      return storage.get(key);
    },
    removeItem(key: string): void {
      checkString(key, 'key');
      storage.remove(key);
    },
    clear: () => storage.clear(),
    key(index: number): string | null {
      checkNumber(index, 'index');
      return storage.key(index);
    },
    get length(): number {
      return storage.count();
    },
  };
}
