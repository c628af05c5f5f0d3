/**
 * Puts the payload of an update, whose manifest was verified, into a slot. It hashes each byte as it comes, and compares the
 * flash with the bytes that were to be written. A power cut loses that hash, so the receiver then hashes the program in flash
 * instead.
 *
 * The received sectors survive a power cut: the slot's last sector keeps the header, and for each complete sector a mark with
 * the place in the payload at which the next sector begins.
 */
import { toHex } from '../../src/bytes/encoding.ts';
import { Sha256 } from '../../src/index.ts';
import { eraseFlash, flashHolds, flashReader, readFlash, writeFlash } from '../kaluma/flash.ts';
import { SECTOR, SLOT_SECTORS } from '../layout.ts';
import { HEADER, type Manifest } from './manifest.ts';
import { MARK, markOf, placeIn } from './sectorMarks.ts';
import { createUnpacker, LONGEST } from './unpack.ts';

/** Most bytes of a block, and of what is hashed in a turn: 180 ms. Blocks begin at multiples of it. */
const BLOCK = HEADER;

export interface Receiver {
  /** Bytes that an earlier receiver put into flash. */
  readonly resumed: number;
  /** The place of the next block in the payload as it travels, and its length; 0 for none. */
  next(): { offset: number; length: number };
  /** Takes the next block. */
  take(bytes: Uint8Array): void;
  /**
   * Computes for a turn.
   * @returns whether the payload is whole now, or wrong
   * @throws Error for what does not unpack, and for a flash that does not keep what is written
   */
  tick(): 'busy' | 'whole' | 'wrong';
}

/** @param first sector of the slot */
export function createReceiver(manifest: Manifest, first: number): Receiver {
  const { size, packed, sha256, packedSha256 = sha256 } = manifest;
  const total = packed ?? size;
  const last = first + SLOT_SECTORS - 1;
  const hash = new Sha256();
  /** Bytes of the payload, as it travels, that are used. */
  let used = 0;
  /** Bytes of the unpacked program that are in flash. */
  let received = 0;
  /** After a power cut: bytes in flash that are hashed. */
  let hashed = 0;
  /** The newest block, until it is hashed, and whether it is in flash. */
  let block: Uint8Array | null = null;
  let isStored = false;

  const marks = readFlash(last, HEADER, SLOT_SECTORS * MARK);
  for (let i = 0; received + SECTOR <= size; i++) {
    const place = placeIn(marks, i);
    if (place < 0) break;
    received += SECTOR;
    used = place;
  }
  const resumed = received;

  /** @param behind place in the payload, as it travels, at which it goes on behind these bytes */
  const write = (bytes: Uint8Array, behind: number): void => {
    const [sector, offset] = [Math.floor(received / SECTOR), received % SECTOR];
    if (offset === 0) eraseFlash(first + sector);
    writeFlash(first + sector, offset, bytes);
    if (!flashHolds(first, received, bytes)) throw new Error('flash does not keep the program');
    received += bytes.length;
    if (received % SECTOR === 0) writeFlash(last, HEADER, markOf(sector, behind));
  };
  const unpacker =
    packed === undefined
      ? null
      : createUnpacker(received, size, flashReader(first, LONGEST), (page, count) => write(page, used + count));

  const store = (bytes: Uint8Array): void => {
    // After a power cut it begins in the middle of a block.
    const rest = used % BLOCK === 0 ? bytes : bytes.slice(used % BLOCK);
    if (unpacker === null) write(rest, used + rest.length);
    else unpacker.take(rest);
    used += rest.length;
    if (used === total && received < size) throw new Error('the packed program is too short');
  };
  const hashBlock = (): void => {
    if (block !== null && resumed === 0) hash.update(block);
    block = null;
  };

  return {
    resumed,
    next() {
      const offset = used - (used % BLOCK);
      return { offset, length: used === total ? 0 : Math.min(BLOCK, total - offset) };
    },
    take(bytes) {
      hashBlock();
      block = bytes;
      isStored = false;
    },
    tick() {
      if (block !== null) {
        if (isStored) hashBlock();
        else store(block);
        isStored = true;
      } else if (resumed > 0 && hashed < received) {
        const length = Math.min(BLOCK, received - hashed);
        hash.update(readFlash(first, hashed, length));
        hashed += length;
      } else if (used === total) {
        return toHex(hash.digest()) === (resumed > 0 ? sha256 : packedSha256) ? 'whole' : 'wrong';
      }
      return 'busy';
    },
  };
}
