/**
 * GHASH, the authentication of GCM (NIST SP 800-38D, section 6.4), as multiplications of BigInts.
 *
 * A polynomial over GF(2) is kept spread out: coefficient x^(127-i) is bit 7i of a number of 896 bits. In a product of
 * 64 by 128 coefficients each 7-bit lane counts at most 64 pairs, so no lane runs over into the next, and the lowest bit
 * of a lane is the coefficient modulo 2. Adding is XOR, and wide numbers cost the engine little more than narrow ones.
 *
 * With Y for 2^7, multiplying by Y divides by x: x^128 + x^7 + x^2 + x + 1 = 0 reads 1 = Y^121 (1 + Y^5 + Y^6 + Y^7). So the
 * lowest 64 lanes fold upwards, as in Montgomery's reduction, and are dropped; the prepared keys compensate for that.
 */
import type { Steps } from '../steps.ts';

/** `count` copies of `pattern`, each `spacing` bits above the one before. */
function repeat(pattern: bigint, spacing: number, count: number): bigint {
  let value = 0n;
  for (let i = 0; i < count; i++) value |= pattern << BigInt(spacing * i);
  return value;
}

// Spreading takes three rounds: make copies, so far apart that they do not touch, then keep of each copy one piece.
// A word falls into 4 pieces of 16 bits, 112 apart, each of these into 4 of 4 bits, 28 apart, and those into bits, 7 apart.
const COPIES_96 = repeat(1n, 96, 4);
const PIECES_16 = repeat(0xffffn, 112, 8);
const COPIES_24 = repeat(1n, 24, 4);
const PIECES_4 = repeat(15n, 28, 32);
const COPIES_6 = repeat(1n, 6, 4);
const LANES = repeat(1n, 7, 128);

/** Bits of 64 lanes. */
const HALF = 448n;
const LOW_LANES = repeat(1n, 7, 64);
/** A folded lane is multiplied by 1 + Y^5 + Y^6 + Y^7, and moves up by Y^57 after 64 lanes were dropped. */
const FOLD = 1n | repeat(1n << 35n, 7, 3);
const FOLD_UP = 399n;
/** Blocks in a slice: about 120 ms. */
const SLICE = 128;

/** Two big-endian words of 64 bits as 128 lanes. */
function spread(high: bigint, low: bigint): bigint {
  const copies = ((high << HALF) | low) * COPIES_96;
  return ((((copies & PIECES_16) * COPIES_24) & PIECES_4) * COPIES_6) & LANES;
}

/** Drops the lowest 64 lanes of up to 192: divides by Y^64. */
function fold(product: bigint): bigint {
  return ((product >> HALF) ^ (((product & LOW_LANES) * FOLD) << FOLD_UP)) & LANES;
}

/** The hash key H, prepared: 1 ms. */
export class GhashKey {
  /** H·Y, the factor for the upper 64 lanes. */
  readonly upper: bigint;
  /**
   * H·Y^-63, the factor for the lower 64 lanes. `ghashTag()` adds the two products and divides the sum by Y^64. The result is
   * X·H·Y^-127, which is the product of X and H in the same form as X and H themselves.
   */
  readonly lower: bigint;

  /** @param high and low: the two big-endian words of AES_K(0^128). */
  constructor(high: bigint, low: bigint) {
    let key = spread(high, low) << 7n;
    // The shift may have moved a 1 into lane 128. It is replaced by its equal: Y^128 = 1 + Y^121 (1 + Y^5 + Y^6).
    if (key >> (2n * HALF) !== 0n) key = key ^ 1n ^ (FOLD << 847n);
    this.upper = key;
    this.lower = fold(key);
  }
}

/**
 * The tag (SP 800-38D, section 7.1, steps 4 to 6): GHASH of both byte strings, each filled up with zeros to whole
 * blocks, and of their lengths, encrypted.
 * @param maskHigh and maskLow: the block of key stream that encrypts it, as two big-endian words of 64 bits
 * @returns 16 bytes
 */
export function* ghashTag(
  key: GhashKey,
  additionalData: Uint8Array,
  ciphertext: Uint8Array,
  maskHigh: bigint,
  maskLow: bigint,
): Steps<Uint8Array> {
  const last = new Uint8Array(16);
  const lastView = new DataView(last.buffer);
  lastView.setUint32(4, 8 * additionalData.length);
  lastView.setUint32(12, 8 * ciphertext.length);
  const { upper, lower } = key;
  // The constants are copied to locals: the engine would look each up in this module's scope three hundred times a record.
  const half = HALF;
  const copies96 = COPIES_96;
  const pieces16 = PIECES_16;
  const copies24 = COPIES_24;
  const pieces4 = PIECES_4;
  const copies6 = COPIES_6;
  const lanes = LANES;
  const lowLanes = LOW_LANES;
  const foldBy = FOLD;
  const foldUp = FOLD_UP;
  let blocks = 0;
  let word: bigint, product: bigint;
  let y = 0n;
  const parts = [additionalData, ciphertext, last];
  for (let i = 0; i < 3; i++) {
    const part = parts[i];
    const end = part.length;
    let view = new DataView(part.buffer, part.byteOffset, end);
    for (let at = 0; at < end; at += 16) {
      let from = at;
      if (end - at < 16) {
        const filled = new Uint8Array(16);
        filled.set(part.subarray(at));
        view = new DataView(filled.buffer);
        from = 0;
      }
      word = ((view.getBigUint64(from) << half) | view.getBigUint64(from + 8)) * copies96;
      y = y ^ (((((word & pieces16) * copies24) & pieces4) * copies6) & lanes);
      product = ((y & lowLanes) * lower) ^ ((y >> half) * upper);
      y = ((product >> half) ^ (((product & lowLanes) * foldBy) << foldUp)) & lanes;
      blocks++;
      if (blocks % SLICE === 0) yield;
    }
  }
  // Gathers the lanes again: into pieces of 4 bits, of 16, and words of 64; copies stay above them.
  y = ((y * copies6) >> 18n) & pieces4;
  y = ((((y * copies24) >> 72n) & pieces16) * copies96) >> 288n;
  lastView.setBigUint64(0, (y >> half) ^ maskHigh);
  lastView.setBigUint64(8, y ^ maskLow);
  return last;
}
