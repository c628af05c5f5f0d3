/**
 * Ethernet frames with a question to a time server, and the answers of a test: the rig's own network answers truly or not at all.
 */

/** Bytes of an Ethernet header, and of a UDP one. */
const ETHERNET = 14;
const UDP = 8;
const NTP_PORT = 123;
/** The protocol's number, and the offsets of addresses in an IPv4 header. */
const PROTOCOL_UDP = 17;
const [SOURCE, TARGET] = [12, 16];

function ipHeaderLength(frame: Buffer): number {
  return (frame[ETHERNET] & 15) * 4;
}

/** The question to a time server that a frame of the board's carries; null if it carries something else. */
export function questionOf(frame: Buffer): Uint8Array | null {
  if (frame.readUInt16BE(12) !== 0x0800 || frame[ETHERNET + 9] !== PROTOCOL_UDP) return null;
  const udp = ETHERNET + ipHeaderLength(frame);
  if (frame.readUInt16BE(udp + 2) !== NTP_PORT) return null;
  return frame.subarray(udp + UDP, udp + frame.readUInt16BE(udp + 4));
}

/** The frame that brings a datagram back to where a question came from. */
export function replyTo(question: Buffer, datagram: Uint8Array): Buffer {
  const length = ipHeaderLength(question);
  const udp = ETHERNET + length;
  const frame = Buffer.alloc(udp + UDP + datagram.length);
  // Each end's addresses and port change places.
  question.copy(frame, 0, 6, 12);
  question.copy(frame, 6, 0, 6);
  question.copy(frame, 12, 12, udp);
  question.copy(frame, ETHERNET + SOURCE, ETHERNET + TARGET, ETHERNET + TARGET + 4);
  question.copy(frame, ETHERNET + TARGET, ETHERNET + SOURCE, ETHERNET + SOURCE + 4);
  frame.writeUInt16BE(frame.length - ETHERNET, ETHERNET + 2);
  frame.writeUInt16BE(0, ETHERNET + 10);
  frame.writeUInt16BE(checksum(frame.subarray(ETHERNET, udp)), ETHERNET + 10);
  question.copy(frame, udp, udp + 2, udp + 4);
  question.copy(frame, udp + 2, udp, udp + 2);
  frame.writeUInt16BE(UDP + datagram.length, udp + 4);
  // A checksum of 0 says that there is none (RFC 768).
  frame.set(datagram, udp + UDP);
  return frame;
}

/** RFC 791, section 3.1. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
