/**
 * LittleFS as Kaluma mounts it: 128 blocks of 4 KB. Every change is atomic: a file's new content takes the place of the old one when
 * it is closed, and a power cut before the last flash operation leaves everything as it was.
 */
import type { Flash } from './flash.ts';
import { DIRECTORY, type FilesHost } from './realm/host.ts';

const [ENOENT, EBADF, EEXIST, ENOTDIR, EISDIR, ENOSPC, ENOTEMPTY] = [-2, -9, -17, -20, -21, -28, -39];
const [, , CREATE, APPEND, EXCLUSIVE, TRUNCATE] = [1, 2, 4, 8, 16, 32];

const BLOCK = 4_096;
const PAGE = 256;
const BLOCKS = 128;
/** Superblock and root directory, two blocks each. */
const ROOT_BLOCKS = 4;
/** A file up to this size lives in its directory's block (a quarter of the cache of one page would be 64). */
const INLINE = 64;

interface OpenFile {
  path: string;
  content: Uint8Array;
  position: number;
  appending: boolean;
  dirty: boolean;
}

export class LittleFs implements FilesHost {
  /** File contents and, as null, directories, by absolute path. */
  private readonly entries = new Map<string, Uint8Array | null>([['/', null]]);
  private opened = new Map<number, OpenFile>();
  private nextId = 1;
  private readonly flash: Flash;

  constructor(flash: Flash) {
    this.flash = flash;
  }

  /** The board was reset: what was open is gone. */
  forgetOpenFiles(): void {
    this.opened = new Map();
  }

  open(path: string, flags: number): number {
    const existing = this.entries.get(path);
    if (existing === null) return EISDIR;
    if (existing === undefined) {
      if (!(flags & CREATE)) return ENOENT;
      const problem = this.parentProblem(path);
      if (problem < 0) return problem;
      this.commit(0);
      this.entries.set(path, new Uint8Array(0));
    } else if (flags & EXCLUSIVE) {
      return EEXIST;
    }
    const emptied = (flags & TRUNCATE) !== 0;
    const content = emptied || existing === undefined ? new Uint8Array(0) : existing.slice();
    const appending = (flags & APPEND) !== 0;
    this.opened.set(this.nextId, { path, content, position: 0, appending, dirty: emptied });
    return this.nextId++;
  }

  read(id: number, buffer: Uint8Array, length: number, position: number): number {
    const file = this.opened.get(id);
    if (file === undefined) return EBADF;
    if (position >= 0) file.position = position;
    const bytes = file.content.subarray(file.position, file.position + Math.min(length, buffer.length));
    buffer.set(bytes);
    file.position += bytes.length;
    return bytes.length;
  }

  write(id: number, bytes: Uint8Array, position: number): number {
    const file = this.opened.get(id);
    if (file === undefined) return EBADF;
    if (position >= 0) file.position = position;
    if (file.appending) file.position = file.content.length;
    const end = file.position + bytes.length;
    if (this.blocksUsed(file.path) + blocksOf(end) > BLOCKS) return ENOSPC;
    if (end > file.content.length) {
      const longer = new Uint8Array(end);
      longer.set(file.content);
      file.content = longer;
    }
    if (end > INLINE) this.writeBlocks(bytes.length, file.position);
    file.content.set(bytes, file.position);
    file.position = end;
    file.dirty = true;
    return bytes.length;
  }

  close(id: number): number {
    const file = this.opened.get(id);
    if (file === undefined) return EBADF;
    if (file.dirty) {
      this.commit(Math.min(file.content.length, INLINE));
      this.entries.set(file.path, file.content.slice());
    }
    this.opened.delete(id);
    return 0;
  }

  stat(path: string): number {
    const entry = this.entries.get(path);
    if (entry === undefined) return ENOENT;
    return entry === null ? DIRECTORY : entry.length;
  }

  rename(from: string, to: string): number {
    const entry = this.entries.get(from);
    if (entry === undefined) return ENOENT;
    const target = this.entries.get(to);
    if (target !== undefined && (target === null) !== (entry === null)) return target === null ? EISDIR : ENOTDIR;
    if (target === null && this.children(to).length > 0) return ENOTEMPTY;
    const problem = this.parentProblem(to);
    if (problem < 0) return problem;
    this.commit(0);
    this.entries.set(to, entry);
    for (const path of [...this.entries.keys()].filter((path) => path.startsWith(`${from}/`))) {
      this.entries.set(to + path.slice(from.length), this.entries.get(path) as Uint8Array | null);
      this.entries.delete(path);
    }
    if (from !== to) this.entries.delete(from);
    return 0;
  }

  remove(path: string): number {
    if (!this.entries.has(path)) return ENOENT;
    if (this.children(path).length > 0) return ENOTEMPTY;
    this.commit(0);
    this.entries.delete(path);
    return 0;
  }

  makeDirectory(path: string): number {
    if (this.entries.has(path)) return EEXIST;
    const problem = this.parentProblem(path);
    if (problem < 0) return problem;
    if (this.blocksUsed('') + 2 > BLOCKS) return ENOSPC;
    this.writeBlocks(PAGE, 0);
    this.commit(0);
    this.entries.set(path, null);
    return 0;
  }

  list(path: string): string[] | number {
    const entry = this.entries.get(path);
    if (entry === undefined) return ENOENT;
    return entry === null ? this.children(path).sort() : ENOTDIR;
  }

  private children(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.entries.keys()]
      .filter((name) => name !== '/' && name.startsWith(prefix) && !name.slice(prefix.length).includes('/'))
      .map((name) => name.slice(prefix.length));
  }

  private parentProblem(path: string): number {
    const parent = this.entries.get(path.slice(0, path.lastIndexOf('/')) || '/');
    if (parent === undefined) return ENOENT;
    return parent === null ? 0 : ENOTDIR;
  }

  private blocksUsed(without: string): number {
    let blocks = ROOT_BLOCKS;
    for (const [path, content] of this.entries) {
      if (path !== without && path !== '/') blocks += content === null ? 2 : blocksOf(content.length);
    }
    return blocks;
  }

  /** Data go to freshly erased blocks. */
  private writeBlocks(length: number, position: number): void {
    const first = Math.floor(position / BLOCK);
    for (let block = first; block <= Math.floor((position + length - 1) / BLOCK); block++) this.flash.erase();
    for (let at = 0; at < length; at += PAGE) this.flash.program();
  }

  /** The directory's log gets an entry: the operation after which the change stands. */
  private commit(inline: number): void {
    for (let at = 0; at <= inline; at += PAGE) this.flash.program();
  }
}

const blocksOf = (size: number) => (size <= INLINE ? 0 : Math.ceil(size / BLOCK));
