/** HMAC-SHA256 (RFC 2104), with the key's two blocks hashed once. */
import { Sha256, sha256 } from './sha256.ts';

export class HmacKey {
  private readonly inner: Sha256;
  private readonly outer: Sha256;

  constructor(key: Uint8Array) {
    const short = key.length > 64 ? sha256(key) : key;
    const block = new Uint8Array(64);
    for (let i = 0; i < 64; i++) block[i] = (i < short.length ? short[i] : 0) ^ 0x36;
    this.inner = new Sha256().update(block);
    for (let i = 0; i < 64; i++) block[i] = block[i] ^ 0x6a;
    this.outer = new Sha256().update(block);
    block.fill(0);
  }

  /** 32 bytes over the parts one behind the other. */
  mac(...parts: Uint8Array[]): Uint8Array {
    const inner = this.inner.clone();
    for (const part of parts) inner.update(part);
    return this.outer.clone().update(inner.digest()).digest();
  }
}
