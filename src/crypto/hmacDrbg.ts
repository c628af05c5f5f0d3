/**
 * HMAC_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, section 10.1.2), without additional input. Keys, nonces and randoms
 * come from here rather than straight from the chip's oscillator, so that weak bits of it do not show in them. Noble's
 * createHmacDrbg is for RFC 6979 only: it begins anew with every seed.
 */
import { CryptoError } from './errors.ts';
import { HmacKey } from './hmac.ts';

/** Entropy for the highest security strength, 256 bits; section 8.6.7 asks for the nonce on top. */
const SEED_BYTES = 32;
/** Section 10.1, table 2: 2^19 bits. */
const MOST_BYTES = 65536;
const NOTHING = new Uint8Array(0);

export class HmacDrbg {
  private key = new HmacKey(new Uint8Array(32));
  private value: Uint8Array = new Uint8Array(32).fill(1);

  /**
   * @param seed entropy of at least 32 bytes, nonce, personalization string, one behind the other
   * @throws CryptoError for a shorter one
   */
  constructor(seed: Uint8Array) {
    this.reseed(seed);
  }

  /** Mixes in new entropy, at least 32 bytes. @throws CryptoError for less */
  reseed(entropy: Uint8Array): void {
    if (entropy.length < SEED_BYTES)
      throw new CryptoError(`expected ${SEED_BYTES} bytes of entropy, got ${entropy.length}`);
    this.update(entropy);
  }

  /**
   * New bytes with each call, at most 65,536. The state that they came from is overwritten before they are returned:
   * neither a second call nor a reader of the memory finds them again.
   */
  generate(length: number): Uint8Array {
    if (length > MOST_BYTES) throw new CryptoError(`${length} bytes at once, ${MOST_BYTES} are allowed`);
    const output = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      this.value = this.key.mac(this.value);
      output.set(this.value.subarray(0, length - at), at);
    }
    this.update(NOTHING);
    return output;
  }

  /** HMAC_DRBG_Update, section 10.1.2.2. */
  private update(data: Uint8Array): void {
    for (const round of data.length === 0 ? [0] : [0, 1]) {
      this.key = new HmacKey(this.key.mac(this.value, Uint8Array.of(round), data));
      this.value = this.key.mac(this.value);
    }
  }
}
