/**
 * A session that can be resumed by its id (RFC 5246, appendix F.1.4), in RAM only: one round trip and a tenth of the
 * computing instead of a full handshake. It exists only if extended_master_secret bound it to its handshake
 * (RFC 7627, section 5.3: others should not be resumed).
 */

/** Appendix F.1.4: "an upper limit of 24 hours is suggested for session ID lifetimes". In ms. */
const LIFETIME = 24 * 3_600_000;

export interface SessionParameters {
  /** 1 to 32 bytes, by the server; kept. */
  id: Uint8Array;
  /** 48 bytes; kept. */
  masterSecret: Uint8Array;
  cipherSuite: number;
  host: string;
  /** ms since 1970. */
  established: number;
  /** When the first certificate of the chain that was verified expires, ms since 1970. */
  chainEnd: number;
}

export class Session {
  readonly id: Uint8Array;
  readonly masterSecret: Uint8Array;
  readonly cipherSuite: number;
  private readonly host: string;
  private readonly start: number;
  private end: number;

  constructor({ id, masterSecret, cipherSuite, host, established, chainEnd }: SessionParameters) {
    this.id = id;
    this.masterSecret = masterSecret;
    this.cipherSuite = cipherSuite;
    this.host = host;
    this.start = established;
    this.end = Math.min(established + LIFETIME, chainEnd);
  }

  /** Whether it may be offered to `host` at `time`, ms since 1970. What was verified then must still hold. */
  isUsable(host: string, time: number): boolean {
    return host === this.host && time >= this.start && time < this.end;
  }

  /** Makes it unusable: a connection that fails takes its session along (RFC 5246, section 7.2.2). */
  forget(): void {
    this.masterSecret.fill(0);
    this.end = this.start;
  }
}
