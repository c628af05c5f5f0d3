/**
 * SHA-256 (FIPS 180-4). It takes more than half of a TLS handshake on the board: 12 ms for a block of 64 bytes, where
 * @noble/hashes takes 70.
 *
 * Whole blocks go up to eight at a time to compress(), which wants halves of words as native integers: reversing all
 * bytes of the blocks makes them that. (Both the board and PCs are little-endian.)
 */
import type { Steps } from '../steps.ts';
import { compress } from './sha256Block.ts';

/** Bytes compressed at a time, eight blocks of 64: 90 ms on the board. */
const CHUNK = 512;
/** Holds reversed blocks, seen as bytes and as 16-bit halves, 32 a block. */
const chunk = new Uint8Array(CHUNK);
const blocks = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => new Uint16Array(chunk.buffer, 64 * i, 32));
/** The last of `blocks`, which compress() takes first. */
const oneBlock = chunk.subarray(CHUNK - 64);
const ZEROS = new Uint8Array(64);

/** H(0) of section 5.3.3, back to front. */
const INITIAL = new Uint16Array([
  ...[0xcd19, 0x5be0, 0xd9ab, 0x1f83, 0x688c, 0x9b05, 0x527f, 0x510e],
  ...[0xf53a, 0xa54f, 0xf372, 0x3c6e, 0xae85, 0xbb67, 0xe667, 0x6a09],
]);

/** A running hash of up to 2^29 - 1 bytes. */
export class Sha256 {
  /** The hash value so far, back to front: see compress(). */
  private readonly state = new Uint16Array(INITIAL);
  /** The bytes behind the last whole block, then zeros. */
  private readonly pending = new Uint8Array(64);
  /** Bytes hashed, the pending ones included. */
  private length = 0;

  /** Appends `data` from offset `start` up to, not including, `end`. */
  update(data: Uint8Array, start = 0, end = data.length): this {
    let at = start;
    const held = this.length & 63;
    this.length = this.length + end - start;
    if (held > 0) {
      at = Math.min(end, start + 64 - held);
      this.pending.set(part(data, start, at), held);
      if (held + at - start < 64) return this;
      this.compressPending();
    }
    while (end - at >= 64) {
      const count = Math.min(8, (end - at) >> 6);
      const next = part(data, at, at + 64 * count);
      if (count === 1) {
        oneBlock.set(next);
        oneBlock.reverse();
      } else {
        chunk.set(next);
        chunk.reverse();
      }
      compress(this.state, blocks, count);
      at += 64 * count;
    }
    if (at < end) this.pending.set(part(data, at, end));
    return this;
  }

  /** Takes over the state of another hash. */
  copy(other: Sha256): this {
    this.state.set(other.state);
    this.pending.set(other.pending);
    this.length = other.length;
    return this;
  }

  /** The 32 bytes of the hash value. Afterwards the hash must not be used before a copy() into it. */
  digest(): Uint8Array {
    const { pending, length } = this;
    pending[length & 63] = 0x80;
    if ((length & 63) >= 56) this.compressPending();
    oneBlock.set(pending);
    oneBlock.reverse();
    // The length in bits ends the block, so it begins the reversed one.
    blocks[7][0] = length << 3;
    blocks[7][1] = length >>> 13;
    compress(this.state, blocks, 1);
    return new Uint8Array(this.state.buffer).slice().reverse();
  }

  private compressPending(): void {
    oneBlock.set(this.pending);
    oneBlock.reverse();
    compress(this.state, blocks, 1);
    this.pending.set(ZEROS);
  }
}

/** Most data are hashed whole, and subarray() takes 90 µs on the board. */
function part(data: Uint8Array, start: number, end: number): Uint8Array {
  return start === 0 && end === data.length ? data : data.subarray(start, end);
}

/** The 32 bytes of SHA-256. */
export function sha256(data: Uint8Array): Uint8Array {
  return new Sha256().update(data).digest();
}

/** The 32 bytes of SHA-256, in slices of 90 ms. */
export function* sha256Steps(data: Uint8Array): Steps<Uint8Array> {
  const hash = new Sha256();
  for (let at = 0; at < data.length; at += CHUNK) {
    hash.update(data, at, Math.min(at + CHUNK, data.length));
    yield;
  }
  return hash.digest();
}
