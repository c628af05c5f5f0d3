/**
 * The chain that was verified last since boot, of a server that signed with its key. When a server sends the very same
 * message again, the signatures in it are not verified again; dates are compared with the clock each time. The bytes
 * themselves are kept, and compared as they come (`createMessageReader()`); a digest of them would take the board a
 * second.
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
  /** The Certificate message, of an ArrayBuffer of its own; null if no chain was verified yet. */
  message(): Uint8Array | null;
  /** What was found when that was verified. */
  server(): VerifiedServer | null;
  /**
   * What was found when this message was verified for the same host with the same anchors; else undefined.
   * @param message the same object as `message()` if the server sent the same bytes
   */
  find(message: Uint8Array, host: string, anchors: readonly TrustAnchor[], time: number): VerifiedServer | undefined;
  /** @param message is kept */
  keep(message: Uint8Array, host: string, anchors: readonly TrustAnchor[], server: VerifiedServer): void;
}

export function createChainCache(): ChainCache {
  let kept: Parameters<ChainCache['keep']> | null = null;
  return {
    message: () => kept && kept[0],
    server: () => kept && kept[3],
    find(message, host, anchors, time) {
      if (kept === null) return undefined;
      const [bytes, keptHost, keptAnchors, server] = kept;
      const isSame = message === bytes && host === keptHost && anchors === keptAnchors;
      // Out of date, the chain is verified once more, if only for the message that says so.
      return isSame && time >= server.start && time < server.end ? server : undefined;
    },
    keep(...what) {
      kept = what;
    },
  };
}
