/**
 * The running hash of all handshake messages (RFC 5246, sections 7.4.9 and 6.3's SHA-256). It is fed as they arrive:
 * a block of 64 bytes takes 12 ms on the board, a chain of certificates a second.
 */
import { Sha256 } from '../crypto/sha256.ts';
import type { Steps } from '../steps.ts';

/** Twelve blocks: a slice of about 0.15 s. */
const SLICE = 768;

export class Transcript {
  private readonly hash = new Sha256();

  /** Appends `bytes` from offset `start` up to, not including, `end`. */
  *update(bytes: Uint8Array, start = 0, end = bytes.length): Steps<void> {
    for (let at = start; at < end; at += SLICE) {
      if (at > start) yield;
      this.hash.update(bytes, at, Math.min(at + SLICE, end));
    }
  }

  /** SHA-256 of everything so far, 32 bytes. */
  digest(): Uint8Array {
    return this.hash.clone().digest();
  }
}
