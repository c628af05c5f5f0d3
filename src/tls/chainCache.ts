/**
 * The chain that was verified last since boot. When a server sends the very same message again, the signatures in it
 * are not verified again; dates are compared with the clock each time. The bytes themselves are kept: to compare 5 KB
 * takes the board 21 ms, a digest of them would take a second.
 */
import type { TrustAnchor, VerifiedChain } from '../x509/path.ts';
import type { PublicKey } from '../x509/publicKey.ts';

/** What the rest of a handshake needs of a chain that was verified. */
export interface VerifiedServer {
  publicKey: PublicKey;
  /** Name of the anchor to which the chain led. */
  anchor: string;
  /** When the last certificate of the path becomes valid, ms since 1970. */
  start: number;
  /** When the first certificate of the path is no longer valid, ms since 1970. */
  end: number;
}

/** @returns what is kept of a chain; the key shares memory with the message that brought it */
export function verifiedServer({ leaf, path, anchor }: VerifiedChain): VerifiedServer {
  return {
    publicKey: leaf.publicKey,
    anchor: anchor.name,
    start: Math.max(...path.map(({ notBefore }) => notBefore)),
    // notAfter names the last second, which counts (RFC 5280, section 4.1.2.5).
    end: Math.min(...path.map(({ notAfter }) => notAfter)) + 1000,
  };
}

export interface ChainCache {
  /** Whether no chain was verified yet. */
  isEmpty(): boolean;
  /** What was found when the same bytes were verified for the same host with the same anchors; else undefined. */
  find(message: Uint8Array, host: string, anchors: readonly TrustAnchor[], time: number): VerifiedServer | undefined;
  /** @param message the Certificate message, kept: it must begin an ArrayBuffer of its own */
  keep(message: Uint8Array, host: string, anchors: readonly TrustAnchor[], server: VerifiedServer): void;
}

export function createChainCache(): ChainCache {
  let kept: Parameters<ChainCache['keep']> | null = null;
  return {
    isEmpty: () => kept === null,
    find(message, host, anchors, time) {
      if (kept === null) return undefined;
      const [bytes, keptHost, keptAnchors, server] = kept;
      const isSame = host === keptHost && anchors === keptAnchors && sameBytes(bytes, message);
      // Out of date, the chain is verified once more, if only for the message that says so.
      return isSame && time >= server.start && time < server.end ? server : undefined;
    },
    keep(...what) {
      kept = what;
    },
  };
}

/** In words of 64 bits: on the board five times faster than by bytes. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  const words = length >> 3;
  const left = new BigUint64Array(a.buffer, 0, words);
  const right = new BigUint64Array(b.buffer, 0, words);
  for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false;
  for (let i = words * 8; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}
