/**
 * A session that can be resumed by its id (RFC 5246, appendix F.1.4), in RAM only: one round trip and a tenth of the
 * computing instead of a full handshake. It exists only if extended_master_secret bound it to its handshake
 * (RFC 7627, section 5.3: others should not be resumed).
 */

/** Appendix F.1.4: "an upper limit of 24 hours is suggested for session ID lifetimes". In ms. */
const LIFETIME = 86_400_000;

export interface Session {
  /** 1 to 32 bytes, by the server. */
  id: Uint8Array;
  /** 48 bytes. */
  masterSecret: Uint8Array;
  /** Its number. */
  cipherSuite: number;
  /** Whether it may be offered to `host` at `time`, ms since 1970: its chain must still be valid. */
  isUsable(host: string, time: number): boolean;
  /** Makes it unusable: a connection that fails takes its session along (RFC 5246, section 7.2.2). */
  forget(): void;
}

/**
 * @param established ms since 1970
 * @param chainEnd when the chain that was verified then is no longer valid, ms since 1970
 */
export function createSession(
  id: Uint8Array,
  masterSecret: Uint8Array,
  cipherSuite: number,
  host: string,
  established: number,
  chainEnd: number,
): Session {
  let end = Math.min(established + LIFETIME, chainEnd);
  return {
    id,
    masterSecret,
    cipherSuite,
    isUsable: (name, time) => name === host && time >= established && time < end,
    forget() {
      masterSecret.fill(0);
      end = 0;
    },
  };
}
