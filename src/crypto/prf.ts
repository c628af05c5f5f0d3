/** The PRF of TLS 1.2 with P_SHA256 (RFC 5246, section 5). */
import { concat, fromBinaryString } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import type { HmacKey } from './hmac.ts';

export function* prf(secret: HmacKey, label: string, seed: Uint8Array, length: number): Steps<Uint8Array> {
  const labelled = concat(fromBinaryString(label), seed);
  const output = new Uint8Array(length);
  let a = labelled;
  for (let at = 0; at < length; at += 32) {
    a = secret.mac(a);
    yield;
    output.set(secret.mac(a, labelled).subarray(0, Math.min(32, length - at)), at);
    yield;
  }
  return output;
}
