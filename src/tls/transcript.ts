/**
 * The running hash of all handshake messages, SHA-256 with the suites at hand (RFC 5246, section 7.4.9). A block of 64 bytes
 * takes 12 ms on the board, a chain of certificates a second. Certificate and CertificateRequest are hashed piece by piece, as
 * they come; all other messages, which are short, are hashed when they are complete.
 */
import { Sha256 } from '../crypto/sha256.ts';
import type { Steps } from '../steps.ts';

/** Twelve blocks: a slice of about 0.15 s. */
const SLICE = 768;

export interface Transcript {
  update(bytes: Uint8Array): Steps<void>;
  /** SHA-256 of everything so far, 32 bytes. */
  digest(): Uint8Array;
}

export function createTranscript(): Transcript {
  const hash = new Sha256();
  return {
    *update(bytes) {
      for (let at = 0; at < bytes.length; at += SLICE) {
        if (at > 0) yield;
        hash.update(bytes, at, Math.min(at + SLICE, bytes.length));
      }
    },
    digest: () => new Sha256().copy(hash).digest(),
  };
}
