/** HMAC_DRBG with SHA-256 (NIST SP 800-90A Rev. 1, section 10.1.2). */
import { concat } from '../bytes/encoding.ts';
import { HmacKey } from './hmac.ts';

export class HmacDrbg {
  private key: HmacKey = new HmacKey(new Uint8Array(32));
  private value: Uint8Array = new Uint8Array(32).fill(1);

  constructor(seed: Uint8Array) {
    this.update(seed);
  }

  reseed(entropy: Uint8Array): void {
    this.update(entropy);
  }

  generate(length: number): Uint8Array {
    const output = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      this.value = this.key.mac(this.value);
      output.set(this.value.subarray(0, Math.min(32, length - at)), at);
    }
    this.update(new Uint8Array(0));
    return output;
  }

  private update(data: Uint8Array): void {
    this.key = new HmacKey(this.key.mac(this.value, Uint8Array.of(0), data));
    this.value = this.key.mac(this.value);
    if (data.length === 0) return;
    this.key = new HmacKey(this.key.mac(concat(this.value, Uint8Array.of(1), data)));
    this.value = this.key.mac(this.value);
  }
}
