/** The chip's random numbers as they are: for what need not be secret, and to seed what is (`entropy.ts`). */
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import { nativeRp2 } from './globals.ts';

/** 8 bytes of the chip alone, at no cost: for nonces, not for keys. */
export function chipNonce(): Uint8Array {
  return bigIntToBytes(chipRandom(64), 8);
}

/** 0 up to 1, for jitter. */
export function jitter(): number {
  return Number(chipRandom(16)) / 65_536;
}

/** @param bits 128 at most */
export function chipRandom(bits: number): bigint {
  return nativeRp2().randomBigInt() & ((1n << BigInt(bits)) - 1n);
}
