/** A time server (RFC 5905, client and server modes): answers a query with its own time. */

/** Seconds from 1900 to 1970. */
const NTP_EPOCH = 2_208_988_800;
const [LEAP_UNKNOWN, VERSION_4, MODE_CLIENT, MODE_SERVER] = [3 << 6, 4 << 3, 3, 4];

/**
 * The behaviour of the time server. It gives the true time, or does not answer, or answers that it does not know the time, or its
 * time is wrong by so many seconds. With `forge`, somebody on the way, who sees the query and the true answer, answers in its place.
 */
export type TimeServer =
  | 'ok'
  | 'silent'
  | 'unsynchronized'
  | { offsetSeconds: number }
  | { forge: (query: Uint8Array, answer: Uint8Array) => Uint8Array[] };

/** @returns the replies to a 48-byte query */
export function answerSntp(query: Uint8Array, server: TimeServer, unixMillis: number): Uint8Array[] {
  if (server === 'silent' || query.length < 48 || (query[0] & 7) !== MODE_CLIENT) return [];
  const offset = typeof server === 'object' && 'offsetSeconds' in server ? server.offsetSeconds : 0;
  const reply = new Uint8Array(48);
  const view = new DataView(reply.buffer);
  const unknown = server === 'unsynchronized';
  reply[0] = (unknown ? LEAP_UNKNOWN : 0) | VERSION_4 | MODE_SERVER;
  reply[1] = unknown ? 16 : 1; // stratum
  reply.set(query.subarray(40, 48), 24); // origin timestamp
  const seconds = unixMillis / 1000 + NTP_EPOCH + offset;
  for (const at of [16, 32, 40]) {
    view.setUint32(at, Math.floor(seconds) % 2 ** 32);
    view.setUint32(at + 4, Math.floor((seconds % 1) * 2 ** 32));
  }
  return typeof server === 'object' && 'forge' in server ? server.forge(query, reply) : [reply];
}
