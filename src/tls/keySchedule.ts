/** Derives keys and verify_data from the pre-master secret, with the PRF on SHA-256 (RFC 5246, sections 5, 6.3, 8.1). */
import { concat } from '../bytes/encoding.ts';
import { HmacKey } from '../crypto/hmac.ts';
import { prf } from '../crypto/prf.ts';
import type { Steps } from '../steps.ts';
import { createRecordProtection, type RecordProtection } from './recordProtection.ts';

/** client_random and server_random in one array of 64 bytes, the order of RFC 5246, section 8.1. */
export type Randoms = Uint8Array;

/** The keys and salts that protect both directions of a connection. */
export interface Keys {
  client: RecordProtection;
  server: RecordProtection;
  /** On the PC only: the key block that they were cut from, for a trace. */
  block?: Uint8Array;
}

/**
 * The master secret, 48 bytes. With RFC 7627, section 4 it is bound to the handshake so far; without, to the randoms
 * only (RFC 5246, section 8.1).
 * @param preMasterSecret 32 or 48 bytes, the X coordinate of the shared point; zeroed
 * @param sessionHash digest of the transcript up to and including ClientKeyExchange, or null without the extension
 */
export function* masterSecret(
  preMasterSecret: Uint8Array,
  sessionHash: Uint8Array | null,
  randoms: Randoms,
): Steps<Uint8Array> {
  const key = new HmacKey(preMasterSecret);
  preMasterSecret.fill(0);
  yield;
  return sessionHash === null
    ? yield* prf(key, 'master secret', randoms, 48)
    : yield* prf(key, 'extended master secret', sessionHash, 48);
}

/** The key block (RFC 5246, section 6.3; sizes of RFC 5288): no MAC keys, two keys of 16 bytes, two salts of 4. */
export function* deriveKeys(master: HmacKey, randoms: Randoms): Steps<Keys> {
  const seed = concat(randoms.subarray(32), randoms.subarray(0, 32));
  const block = yield* prf(master, 'key expansion', seed, 40);
  const keys: Keys = {
    client: createRecordProtection(block.subarray(0, 16), block.slice(32, 36)),
    server: createRecordProtection(block.subarray(16, 32), block.slice(36)),
  };
  TRACE: keys.block = block.slice();
  block.fill(0);
  return keys;
}

/**
 * The 12 bytes of a Finished message (RFC 5246, section 7.4.9).
 * @param digest of the transcript up to, not including, that message
 */
export function verifyData(master: HmacKey, sender: 'client' | 'server', digest: Uint8Array): Steps<Uint8Array> {
  return prf(master, `${sender} finished`, digest, 12);
}
