/** The pseudo-random function of TLS 1.2 with P_SHA256 (RFC 5246, section 5). */
import { concat, fromBinaryString } from '../bytes/encoding.ts';
import type { Steps } from '../steps.ts';
import type { HmacKey } from './hmac.ts';

/** @param label ASCII @param length bytes wanted, each 32 of them take 60 ms on the board */
export function* prf(secret: HmacKey, label: string, seed: Uint8Array, length: number): Steps<Uint8Array> {
  const labelledSeed = concat(fromBinaryString(label), seed);
  const output = new Uint8Array(length);
  let a = labelledSeed;
  for (let at = 0; at < length; at += 32) {
    a = secret.mac(a);
    yield;
    output.set(secret.mac(a, labelledSeed).subarray(0, length - at), at);
    yield;
  }
  return output;
}
