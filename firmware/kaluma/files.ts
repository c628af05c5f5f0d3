/** Small files on LittleFS. After a power cut a write has either happened as a whole or not at all. */
import type { Disk } from './typings.ts';
import { kaluma } from './globals.ts';

/**
 * The file system as the queue uses it. All functions but `read` and `list` throw SystemError if the disk is full or
 * broken.
 */
export interface Files {
  /** Returns `length` bytes from `offset` on, fewer at the end of the file; none if there is no such file. */
  read(path: string, offset: number, length: number): Uint8Array;
  /** Replaces the content of a file. */
  write(path: string, bytes: Uint8Array): void;
  /** Appends to a file, and creates it if there is none. */
  append(path: string, bytes: Uint8Array): void;
  remove(path: string): void;
  /** Names and sizes of the files in the root directory. */
  list(): { name: string; size: number }[];
}

/** Flags of `open()`. */
const READ = 1;
const WRITE = 2;
const CREATE = 4;
const EMPTY = 32;

let mounted: Disk | null = null;

/** Kaluma's disk. It is kept, because `unused.ts` frees the module that leads to it. */
export function disk(): Disk {
  return (mounted ??= kaluma.require('fs').__mounts[0]);
}

export const files: Files = {
  read(path, offset, length) {
    // Kaluma's open() would leak C memory if the file did not exist.
    const bytes = new Uint8Array(sizeOf(path) < 0 ? 0 : length);
    return bytes.length === 0
      ? bytes
      : withFile(path, READ, (file) => bytes.subarray(0, disk().read(file, bytes, 0, length, offset)));
  },
  write(path, bytes) {
    withFile(path, WRITE | CREATE | EMPTY, (file) => disk().write(file, own(bytes)));
  },
  append(path, bytes) {
    withFile(path, WRITE | CREATE, (file) =>
      disk().write(file, own(bytes), 0, bytes.length, Math.max(sizeOf(path), 0)),
    );
  },
  remove(path) {
    if (sizeOf(path) >= 0) disk().unlink(path);
  },
  list: () =>
    disk()
      .readdir('/')
      .map((name) => ({ name, size: disk().stat('/' + name).size })),
};

/** Bytes of a file; -1 if there is none. */
function sizeOf(path: string): number {
  try {
    return disk().stat(path).size;
  } catch {
    return -1;
  }
}

function withFile<T>(path: string, flags: number, use: (file: number) => T): T {
  const file = disk().open(path, flags, 0);
  try {
    return use(file);
  } finally {
    disk().close(file);
  }
}

/**
 * Copies bytes to an ArrayBuffer of their own, because Kaluma writes from the buffer's beginning even if `bytes`
 * begins later.
 */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}
