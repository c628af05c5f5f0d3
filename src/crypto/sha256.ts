/** SHA-256 (FIPS 180-4), plain. */
import type { Steps } from '../steps.ts';

const K = new Uint32Array(64);
const H = new Uint32Array(8);
for (let n = 2, i = 0; i < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
  if (!prime) continue;
  if (i < 8) H[i] = (Math.sqrt(n) % 1) * 0x100000000;
  K[i++] = (Math.cbrt(n) % 1) * 0x100000000;
}
export class Sha256 {
  private readonly state = H.slice();
  private readonly block = new Uint8Array(64);
  private length = 0;
  update(data: Uint8Array, start = 0, end = data.length): this {
    for (let i = start; i < end; i++) {
      this.block[this.length++ & 63] = data[i];
      if ((this.length & 63) === 0) this.compress();
    }
    return this;
  }
  clone(): Sha256 {
    const copy = new Sha256();
    copy.state.set(this.state);
    copy.block.set(this.block);
    copy.length = this.length;
    return copy;
  }
  digest(): Uint8Array {
    const bits = this.length * 8;
    this.update(Uint8Array.of(0x80));
    while ((this.length & 63) !== 56) this.update(Uint8Array.of(0));
    const tail = new Uint8Array(8);
    new DataView(tail.buffer).setUint32(0, Math.floor(bits / 0x100000000));
    new DataView(tail.buffer).setUint32(4, bits >>> 0);
    this.update(tail);
    const out = new Uint8Array(32);
    this.state.forEach((word, i) => new DataView(out.buffer).setUint32(4 * i, word));
    return out;
  }
  private compress(): void {
    const w = new Uint32Array(64);
    const view = new DataView(this.block.buffer);
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(4 * i);
    const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
    for (let i = 16; i < 64; i++) {
      const s0 = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = this.state;
    for (let i = 0; i < 64; i++) {
      const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
      const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((v, i) => (this.state[i] += v));
  }
}
export function sha256(data: Uint8Array): Uint8Array {
  return new Sha256().update(data).digest();
}
export function* sha256Steps(data: Uint8Array): Steps<Uint8Array> {
  const hash = new Sha256();
  for (let at = 0; at < data.length; at += 640) {
    hash.update(data, at, Math.min(at + 640, data.length));
    yield;
  }
  return hash.digest();
}
