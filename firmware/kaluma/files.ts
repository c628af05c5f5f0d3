/** Small files on LittleFS. What is written is there after a power cut either as a whole or not at all. */
import type { FileSystem } from './typings.ts';
import { kaluma } from './globals.ts';

/** The file system as the queue needs it. Everything but `read` and `list` throws SystemError when the disk is full or broken. */
export interface Files {
  /** `length` bytes from `offset`, fewer at the end; none if there is no such file. */
  read(path: string, offset: number, length: number): Uint8Array;
  /** Replaces the content. */
  write(path: string, bytes: Uint8Array): void;
  /** Writes behind the end, creating the file if need be. */
  append(path: string, bytes: Uint8Array): void;
  remove(path: string): void;
  /** Names and sizes of the files in the root directory. */
  list(): { name: string; size: number }[];
}

export const files: Files = {
  read(path, offset, length) {
    // open() of a file that is not there would leak C memory.
    const bytes = new Uint8Array(fs().exists(path) ? length : 0);
    return bytes.length === 0
      ? bytes
      : withFile(path, 'r', (fd) => bytes.subarray(0, fs().read(fd, bytes, 0, length, offset)));
  },
  write(path, bytes) {
    withFile(path, 'w', (fd) => fs().write(fd, own(bytes)));
  },
  append(path, bytes) {
    // Mode `a` neither creates a file nor may write to it.
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

/** In an ArrayBuffer of its own: Kaluma writes from the beginning of that, whatever part of it `bytes` shows. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}
