/**
 * The chip's random numbers, unprocessed: for values that need not be secret, and to seed the generator in
 * `entropy.ts`.
 */
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import { nativeRp2 } from './globals.ts';

/** 8 random bytes from the chip, which take no time: for nonces, not for keys. */
export function chipNonce(): Uint8Array {
  return bigIntToBytes(chipRandom(64), 8);
}

/** A random number from 0 up to 1, for jitter. */
export function jitter(): number {
  return Number(chipRandom(16)) / 65_536;
}

/** @param bits at most 128 */
export function chipRandom(bits: number): bigint {
  return nativeRp2().randomBigInt() & ((1n << BigInt(bits)) - 1n);
}
