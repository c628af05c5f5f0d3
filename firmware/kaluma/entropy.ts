/** Random bytes for keys: Kaluma's `Math.random` is not for them, the chip's oscillator is, and is not trusted alone. */
import { bigIntToBytes } from '../../src/crypto/bigint.ts';
import { HmacDrbg } from '../../src/crypto/hmacDrbg.ts';
import type { Random } from '../../src/crypto/random.ts';
import { concat } from '../../src/bytes/encoding.ts';
import { kaluma, nativeRp2 } from './globals.ts';

/** The chip gives no randomness; without it there are no keys, and no connection. */
export class EntropyError extends Error {
  constructor() {
    super('no entropy: the chip repeats its random numbers');
    this.name = 'EntropyError';
  }
}

/**
 * A generator seeded with 512 bits of the chip, and with the device's key: whoever could guess the former still does not
 * know the latter (RFC 8937 has the idea).
 * @param secret up to 256 bits of the device's private key
 * @throws EntropyError
 */
export function createRandom(secret: bigint): Random {
  const drbg = new HmacDrbg(
    concat(bigIntToBytes(secret & ((1n << 256n) - 1n), 32), chipEntropy(), bigIntToBytes(BigInt(kaluma.micros()), 8)),
  );
  return (length) => {
    // In the board's one life between two resets it is asked for some kilobytes.
    drbg.reseed(chipEntropy());
    return drbg.generate(length);
  };
}

/** 64 bytes. @throws EntropyError */
function chipEntropy(): Uint8Array {
  const rp2 = nativeRp2();
  const bytes: Uint8Array[] = [];
  let last = -1n;
  for (let i = 0; i < 4; i++) {
    const value = rp2.randomBigInt();
    // SP 800-90B, section 4.4.1: a repetition, which chance brings about once in 2^128.
    if (value === last || value === 0n) throw new EntropyError();
    last = value;
    bytes.push(bigIntToBytes(value, 16));
  }
  return concat(...bytes);
}

/** 0 to 1, for jitter; does not complain of a chip that repeats itself. */
export function jitter(): number {
  return Number(nativeRp2().randomBigInt() & 0xffffn) / 65536;
}
