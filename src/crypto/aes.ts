/**
 * AES-128 encryption of single blocks (FIPS 197), all that GCM needs.
 *
 * A column of the state is kept as two halves of 16 bits, because on the engine an integer beyond ±2^27 costs ten times
 * as much as one within. SubBytes, ShiftRows and MixColumns together are 32 reads a round from four tables, which
 * hold the 16-bit halves of S(x)·(2, 1, 1, 3) and of its rotations. Lookups depend on the key: not constant-time.
 */
import { CryptoError } from './errors.ts';

/** The eleven round keys, eight halves each. */
export type AesRoundKeys = readonly (readonly number[])[];

/** For s = S(x), at index x: [2s, s], [s, 3s], [3s, 2s] and [s, s], two bytes in a number. */
let tables: readonly (readonly number[])[] | null = null;

/** The tables take 4 KB of heap and 30 ms. The first key makes them, and they are kept. */
function makeTables(): readonly (readonly number[])[] {
  const [t21, t13, t32, t11] = [0, 1, 2, 3].map(() => new Array<number>(256));
  // x runs through 0 and then the powers of 3, which are all other elements of the field; inverse through their inverses.
  let x = 0;
  let inverse = 0;
  for (let i = 0; i < 256; i++) {
    const twice = inverse | (inverse << 8);
    const s = ((inverse ^ (twice >> 7) ^ (twice >> 6) ^ (twice >> 5) ^ (twice >> 4)) & 255) ^ 0x63;
    const s2 = (s << 1) ^ (s > 127 ? 0x11b : 0);
    const s3 = s2 ^ s;
    t21[x] = (s2 << 8) | s;
    t13[x] = (s << 8) | s3;
    t32[x] = (s3 << 8) | s2;
    t11[x] = (s << 8) | s;
    if (i === 0) {
      x = 1;
      inverse = 1;
    } else {
      x = x ^ (x << 1) ^ (x > 127 ? 0x11b : 0);
      inverse = inverse ^ (inverse << 1);
      inverse = inverse ^ (inverse << 2);
      inverse = (inverse ^ (inverse << 4)) & 255;
      if (inverse > 127) inverse = inverse ^ 9;
    }
  }
  return [t21, t13, t32, t11];
}

/** FIPS 197, section 5.2. @param key 16 bytes. @throws CryptoError for any other length. */
export function expandAesKey(key: Uint8Array): AesRoundKeys {
  if (key.length !== 16) throw new CryptoError(`AES-128 key: expected 16 bytes, not ${key.length}`);
  tables = tables ?? makeTables();
  const sub = tables[3];
  let round: number[] = [];
  for (let i = 0; i < 8; i++) round[i] = (key[2 * i] << 8) | key[2 * i + 1];
  const rounds = [round];
  let constant = 1;
  for (let n = 1; n <= 10; n++) {
    const high = round[6];
    const low = round[7];
    const next = [
      round[0] ^ (sub[high & 255] & 0xff00) ^ (sub[low >> 8] & 255) ^ (constant << 8),
      round[1] ^ (sub[low & 255] & 0xff00) ^ (sub[high >> 8] & 255),
    ];
    for (let i = 2; i < 8; i++) next[i] = round[i] ^ next[i - 2];
    rounds[n] = next;
    round = next;
    constant = (constant << 1) ^ (constant > 127 ? 0x11b : 0);
  }
  return rounds;
}

/**
 * Encrypts one block (FIPS 197, section 5.1).
 * @param block eight big-endian halves
 * @param output eight halves, placed so that a BigUint64Array on the same memory holds the two big-endian words of the
 * result (the engine is little-endian, as are PCs)
 */
export function encryptAesBlock(keys: AesRoundKeys, block: readonly number[], output: Uint16Array): void {
  // Tables and constants in locals: a literal or a name of an outer scope costs more at every use.
  const all = tables as readonly (readonly number[])[];
  const A = all[0];
  const B = all[1];
  const C = all[2];
  const D = all[3];
  const byte = 8;
  const mask = 255;
  const high = 0xff00;
  const last = 10;
  const i0 = 0;
  const i1 = 1;
  const i2 = 2;
  const i3 = 3;
  const i4 = 4;
  const i5 = 5;
  const i6 = 6;
  const i7 = 7;
  let k = keys[0];
  // Column c is (hc, lc): rows 0 and 1, rows 2 and 3.
  let h0 = block[i0] ^ k[i0];
  let l0 = block[i1] ^ k[i1];
  let h1 = block[i2] ^ k[i2];
  let l1 = block[i3] ^ k[i3];
  let h2 = block[i4] ^ k[i4];
  let l2 = block[i5] ^ k[i5];
  let h3 = block[i6] ^ k[i6];
  let l3 = block[i7] ^ k[i7];
  let nextH0: number, nextL0: number, nextL1: number, nextL2: number;
  let r0: number, r1: number, r2: number, r3: number;
  for (let round = 1; round < last; round++) {
    k = keys[round];
    // Column 0 takes its rows from columns 0, 1, 2, 3, column 1 from 1, 2, 3, 0, and so on.
    r0 = h0 >> byte;
    r1 = h1 & mask;
    r2 = l2 >> byte;
    r3 = l3 & mask;
    nextH0 = A[r0] ^ C[r1] ^ B[r2] ^ D[r3] ^ k[i0];
    nextL0 = B[r0] ^ D[r1] ^ A[r2] ^ C[r3] ^ k[i1];
    r0 = h1 >> byte;
    r1 = h2 & mask;
    r2 = l3 >> byte;
    r3 = l0 & mask;
    h1 = A[r0] ^ C[r1] ^ B[r2] ^ D[r3] ^ k[i2];
    nextL1 = B[r0] ^ D[r1] ^ A[r2] ^ C[r3] ^ k[i3];
    r0 = h2 >> byte;
    r1 = h3 & mask;
    r2 = l0 >> byte;
    r3 = l1 & mask;
    h2 = A[r0] ^ C[r1] ^ B[r2] ^ D[r3] ^ k[i4];
    nextL2 = B[r0] ^ D[r1] ^ A[r2] ^ C[r3] ^ k[i5];
    r0 = h3 >> byte;
    r1 = h0 & mask;
    r2 = l1 >> byte;
    r3 = l2 & mask;
    h3 = A[r0] ^ C[r1] ^ B[r2] ^ D[r3] ^ k[i6];
    l3 = B[r0] ^ D[r1] ^ A[r2] ^ C[r3] ^ k[i7];
    h0 = nextH0;
    l0 = nextL0;
    l1 = nextL1;
    l2 = nextL2;
  }
  k = keys[last];
  output[i3] = (D[h0 >> byte] & high) ^ (D[h1 & mask] & mask) ^ k[i0];
  output[i2] = (D[l2 >> byte] & high) ^ (D[l3 & mask] & mask) ^ k[i1];
  output[i1] = (D[h1 >> byte] & high) ^ (D[h2 & mask] & mask) ^ k[i2];
  output[i0] = (D[l3 >> byte] & high) ^ (D[l0 & mask] & mask) ^ k[i3];
  output[i7] = (D[h2 >> byte] & high) ^ (D[h3 & mask] & mask) ^ k[i4];
  output[i6] = (D[l0 >> byte] & high) ^ (D[l1 & mask] & mask) ^ k[i5];
  output[i5] = (D[h3 >> byte] & high) ^ (D[h0 & mask] & mask) ^ k[i6];
  output[i4] = (D[l1 >> byte] & high) ^ (D[l2 & mask] & mask) ^ k[i7];
}
