/**
 * The server whose chain was verified last, and that signed with its key. When a server shows the very same
 * certificate again, no signature of its chain is verified again; dates are compared with the clock each time. Its
 * certificate is kept, and compared as it comes; a digest of it would take the board a third of a second. The others of
 * its chain are not kept: what was found of them holds, whatever comes behind the certificate the next time.
 */
import type { TrustAnchor, VerifiedChain } from '../x509/path.ts';
import type { PublicKey } from '../x509/publicKey.ts';

/** The results of verifying a chain that the rest of a handshake needs. */
export interface VerifiedServer {
  publicKey: PublicKey;
  /** Name of the anchor to which the chain led. */
  anchor: string;
  /** Start and end of the time in which the chain is valid and counts without being verified again, ms since 1970. */
  start: number;
  end: number;
}

/** ms for which a chain counts without being verified again. */
const VERIFIED_FOR = 7 * 86_400_000;

/** @param time at which it was verified, ms since 1970 @returns what is kept of a chain */
export function verifiedServer({ leaf, path, anchor }: VerifiedChain, time: number): VerifiedServer {
  // notAfter names the last second, which counts (RFC 5280, section 4.1.2.5).
  const validUntil = Math.min(...path.map(({ notAfter }) => notAfter)) + 1000;
  return {
    publicKey: leaf.publicKey,
    anchor: anchor.name,
    start: Math.max(...path.map(({ notBefore }) => notBefore)),
    end: Math.min(validUntil, time + VERIFIED_FOR),
  };
}

/** A chain that was verified, and what it was verified for. */
export interface KeptChain {
  /** DER of the server's certificate, in an ArrayBuffer of its own. */
  certificate: Uint8Array;
  host: string;
  anchors: readonly TrustAnchor[];
  server: VerifiedServer;
}

export interface ChainCache {
  /** Null if there is none. */
  kept(): KeptChain | null;
  /**
   * The result of verifying this certificate's chain, if that was for the same host with the same anchors; else undefined.
   * @param certificate the same object as that of `kept()` if the server sent the same bytes
   */
  find(
    certificate: Uint8Array,
    host: string,
    anchors: readonly TrustAnchor[],
    time: number,
  ): VerifiedServer | undefined;
  keep(chain: KeptChain): void;
  /** Forgets the chain that is kept, because it has proved wrong. */
  forget(): void;
}

/** Longest certificate that is kept, in bytes; the chain of a longer one is verified each time. */
const MAX_KEPT = 4096;

export function createChainCache(): ChainCache {
  let kept: KeptChain | null = null;
  return {
    kept: () => kept,
    find(certificate, host, anchors, time) {
      if (kept === null) return undefined;
      const { server } = kept;
      const isSame = certificate === kept.certificate && host === kept.host && anchors === kept.anchors;
      // A chain that is out of date is verified once more, so that the error says which certificate has expired.
      return isSame && time >= server.start && time < server.end ? server : undefined;
    },
    keep(chain) {
      kept = chain.certificate.length > MAX_KEPT ? null : chain;
    },
    forget() {
      kept = null;
    },
  };
}
