/**
 * SNTP version 4 (RFC 4330): encodes the request and judges the reply.
 */
import { equalBytes } from '../src/bytes/encoding.ts';

export const NTP_PORT = 123;
const PACKET_LENGTH = 48;
/** ms from 1900, the beginning of NTP's count, to 1970. */
const NTP_EPOCH = 2_208_988_800_000;
/** ms after which the 32-bit count of seconds overflows, in 2036 (RFC 4330, section 3). */
const ERA = 4_294_967_296_000;
/** ms: a program is assumed to run for at most 20 years after it was built. */
const PROGRAM_LIFE = 20 * 365 * 86_400_000;

/** A reply that cannot be used; the message says why. */
export class SntpError extends Error {
  /** The server asks the client to stop sending requests (section 8). */
  readonly kissOfDeath: boolean;

  constructor(message: string, kissOfDeath = false) {
    super(message);
    this.name = 'SntpError';
    this.kissOfDeath = kissOfDeath;
  }
}

/**
 * Encodes a client's request, 48 bytes (section 5). The transmit timestamp is random. The server returns it, and somebody
 * who has not seen the request cannot.
 * @param nonce 8 bytes
 */
export function sntpRequest(nonce: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH);
  packet[0] = 0x23; // LI 0, VN 4, mode 3 (client)
  packet.set(nonce, 40);
  return packet;
}

/** Whether a datagram answers this request: it has the random timestamp that only the asked server received. */
export function isAnswer(reply: Uint8Array, request: Uint8Array): boolean {
  const isFromServer = reply.length >= PACKET_LENGTH && (reply[0] & 7) === 4;
  return isFromServer && equalBytes(reply.subarray(24, 32), request.subarray(40, 48));
}

/**
 * The time in a reply, ms since 1970, when the server sent it.
 * @param buildTime ms since 1970; an earlier time is wrong
 * @throws SntpError if it does not answer this request, if the server has no time, and if the time is implausible
 */
export function parseSntpReply(reply: Uint8Array, request: Uint8Array, buildTime: number): number {
  const [head, stratum] = reply;
  if (!isAnswer(reply, request)) throw new SntpError('no answer to this question');
  if (stratum === 0) {
    const code = String.fromCharCode(reply[12], reply[13], reply[14], reply[15]);
    throw new SntpError(`kiss of death ${code.replace(/[^A-Z]/g, '?')}`, true);
  }
  const view = new DataView(reply.buffer, reply.byteOffset);
  const seconds = view.getUint32(40);
  if (head > 0xbf || stratum > 15 || seconds === 0) throw new SntpError('the server has no time itself');
  let time = (seconds + view.getUint32(44) / 4_294_967_296) * 1000 - NTP_EPOCH;
  if (time < buildTime) time += ERA;
  if (time > buildTime + PROGRAM_LIFE) throw new SntpError('time before the build, or 20 years after');
  return Math.floor(time);
}
