/**
 * Random bytes for keys. Kaluma's `Math.random` is not fit for keys; the chip's oscillator is, and is not trusted
 * alone.
 */
import { bigIntToBytes } from '../../src/bytes/bigint.ts';
import { HashDrbg, type Random } from '../../src/index.ts';
import { chipRandom } from './chipRandom.ts';

/** The chip gives no randomness. Without it the board makes no keys and does not connect. */
export class EntropyError extends Error {
  constructor() {
    super('no entropy: the chip repeats its random numbers');
    this.name = 'EntropyError';
  }
}

/**
 * A generator seeded with 512 bits of the chip, and with the device's key: somebody who could guess the chip's bits still does
 * not know the key (the idea is that of RFC 8937). Takes a tenth of a second, and 40 ms for 32 bytes.
 * @param secret any number of which 256 bits are the device's secret
 * @throws EntropyError
 */
export function createRandom(secret: bigint): Random {
  let seed = secret & ((1n << 256n) - 1n);
  let last = 0n;
  for (let i = 0; i < 4; i++) {
    const value = chipRandom(128);
    // Repetition test of SP 800-90B, section 4.4.1: chance causes a repetition once in 2^128.
    if (value === last) throw new EntropyError();
    last = value;
    seed = (seed << 128n) | value;
  }
  const drbg = new HashDrbg(bigIntToBytes(seed, 96));
  return (length) => drbg.generate(length);
}
