/**
 * Hash_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, section 10.1.1), without reseeding and additional input. Keys, nonces and
 * randoms come from here rather than straight from the chip's oscillator, so that weak bits of it do not show in them.
 * To be seeded and to give 32 bytes takes a third of the hashing that HMAC_DRBG takes.
 */
import { bigIntToBytes, bytesToBigInt } from '../bytes/bigint.ts';
import { concat } from '../bytes/encoding.ts';
import { CryptoError } from './errors.ts';
import { sha256 } from './sha256.ts';

/** Entropy for the highest security strength, 256 bits; section 8.6.7 asks for the nonce on top. */
const SEED_BYTES = 32;
/** Section 10.1, table 2: seedlen, 440 bits. One more byte and a hash of it would take two blocks. */
const STATE_BYTES = 55;
const STATE_MASK = (1n << 440n) - 1n;
/** Section 10.1, table 2: 2^19 bits. */
const MOST_BYTES = 65536;

export class HashDrbg {
  /** V and C. */
  private value: bigint;
  private readonly constant: bigint;
  /** reseed_counter. The limit of 2^48 requests is out of reach. */
  private requests = 1n;

  /**
   * @param seed entropy of at least 32 bytes, nonce, personalization string, one behind the other
   * @throws CryptoError for a shorter one
   */
  constructor(seed: Uint8Array) {
    if (seed.length < SEED_BYTES) throw new CryptoError(`expected ${SEED_BYTES} bytes of entropy, got ${seed.length}`);
    const value = derive(seed);
    this.value = bytesToBigInt(value);
    this.constant = bytesToBigInt(derive(concat(Uint8Array.of(0), value)));
  }

  /**
   * New bytes with each call, at most 65,536. The state that they came from is overwritten before they are returned:
   * neither a second call nor a reader of the memory finds them again.
   */
  generate(length: number): Uint8Array {
    if (length > MOST_BYTES) throw new CryptoError(`${length} bytes at once, ${MOST_BYTES} are allowed`);
    const output = new Uint8Array(length);
    let data = this.value;
    for (let at = 0; at < length; at += 32) {
      output.set(sha256(bigIntToBytes(data, STATE_BYTES)).subarray(0, length - at), at);
      data = (data + 1n) & STATE_MASK;
    }
    const hash = sha256(concat(Uint8Array.of(3), bigIntToBytes(this.value, STATE_BYTES)));
    this.value = (this.value + bytesToBigInt(hash) + this.constant + this.requests) & STATE_MASK;
    this.requests += 1n;
    return output;
  }
}

/** Hash_df, section 10.3.1, for as many bytes as the state has. */
function derive(input: Uint8Array): Uint8Array {
  const output = new Uint8Array(STATE_BYTES);
  for (const [counter, at] of [
    [1, 0],
    [2, 32],
  ]) {
    // The counter, and the number of bits that are wanted, in four bytes.
    const hash = sha256(concat(Uint8Array.of(counter, 0, 0, 440 >> 8, 440 & 255), input));
    output.set(hash.subarray(0, STATE_BYTES - at), at);
  }
  return output;
}
