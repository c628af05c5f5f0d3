/** Small files on LittleFS. After a power cut a write has either happened as a whole or not at all. */
import type { FileSystem } from './typings.ts';
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

export const files: Files = {
  read(path, offset, length) {
    // Kaluma's open() would leak C memory if the file did not exist.
    const bytes = new Uint8Array(fs().exists(path) ? length : 0);
    return bytes.length === 0
      ? bytes
      : withFile(path, 'r', (fd) => bytes.subarray(0, fs().read(fd, bytes, 0, length, offset)));
  },
  write(path, bytes) {
    withFile(path, 'w', (fd) => fs().write(fd, own(bytes)));
  },
  append(path, bytes) {
    // Not mode `a`: it does not create a file, and does not allow writing either.
    const size = fs().exists(path) ? fs().stat(path).size : -1;
    withFile(path, size < 0 ? 'w' : 'r+', (fd) => fs().write(fd, own(bytes), 0, bytes.length, Math.max(size, 0)));
  },
  remove(path) {
    if (fs().exists(path)) fs().unlink(path);
  },
  list: () =>
    fs()
      .readdir('/')
      .map((name) => ({ name, size: fs().stat('/' + name).size })),
};

function fs(): FileSystem {
  return kaluma.require('fs');
}

function withFile<T>(path: string, mode: 'r' | 'w' | 'r+', use: (fd: number) => T): T {
  const fd = fs().open(path, mode);
  try {
    return use(fd);
  } finally {
    fs().close(fd);
  }
}

/**
 * Copies bytes to an ArrayBuffer of their own, because Kaluma writes from the buffer's beginning even if `bytes`
 * begins later.
 */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}
