/** Small files on LittleFS. What is written is there after a power cut either as a whole or not at all. */
import { kaluma } from './globals.ts';

/** The file system as the queue needs it. Everything but `read` and `list` throws SystemError when the disk is full or broken. */
export interface Files {
  /** `length` bytes from `offset`, fewer at the end; null if there is no such file. */
  read(path: string, offset: number, length: number): Uint8Array | null;
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
    const fs = kaluma.require('fs');
    // open() of a file that is not there would leak C memory.
    if (!fs.exists(path)) return null;
    const bytes = new Uint8Array(length);
    const fd = fs.open(path, 'r');
    try {
      return bytes.subarray(0, fs.read(fd, bytes, 0, length, offset));
    } finally {
      fs.close(fd);
    }
  },
  write(path, bytes) {
    store(path, 'w', bytes, 0);
  },
  append(path, bytes) {
    const fs = kaluma.require('fs');
    // Mode `a` neither creates a file nor may write to it.
    if (fs.exists(path)) store(path, 'r+', bytes, fs.stat(path).size);
    else store(path, 'w', bytes, 0);
  },
  remove(path) {
    const fs = kaluma.require('fs');
    if (fs.exists(path)) fs.unlink(path);
  },
  list() {
    const fs = kaluma.require('fs');
    return fs.readdir('/').map((name) => ({ name, size: fs.stat('/' + name).size }));
  },
};

function store(path: string, mode: 'w' | 'r+', bytes: Uint8Array, position: number): void {
  const fs = kaluma.require('fs');
  const fd = fs.open(path, mode);
  try {
    // A copy of its own: Kaluma writes from the beginning of the ArrayBuffer, whatever part of it `bytes` shows.
    fs.write(fd, bytes.slice(), 0, bytes.length, position);
  } finally {
    fs.close(fd);
  }
}
