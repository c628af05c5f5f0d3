/**
 * A tape as a capture file (the classic format of libpcap, link type LINKTYPE_RAW), so that Wireshark opens the same
 * connection. TCP and IP headers are made up around the recorded bytes.
 */
import type { Tape } from './tape.ts';

const CLIENT = { address: [192, 0, 2, 1], port: 49152 };
/**
 * The port of MQTT over TLS, whatever the port was: by it Wireshark knows what is in the connection. The addresses are
 * those of RFC 5737.
 */
const SERVER = { address: [192, 0, 2, 2], port: 8883 };

const MAGIC = 0xa1b2c3d4;
const LINKTYPE_RAW = 101;
const [FIN, SYN, PSH, ACK] = [1, 2, 8, 16];
/** Most bytes of a segment, as over Ethernet. */
const SEGMENT = 1460;

export function renderPcap(tape: Tape): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(0xffff, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  const packets: Buffer[] = [];
  const next = { out: 1000, in: 5000 };
  const send = (direction: 'out' | 'in', ms: number, flags: number, bytes = Buffer.alloc(0)): void => {
    const acknowledged = flags === SYN ? 0 : direction === 'out' ? next.in : next.out;
    packets.push(packet(tape.time + ms, ipPacket(direction, next[direction], acknowledged, flags, bytes)));
    next[direction] += bytes.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
  };
  const first = tape.exchange[0]?.ms ?? 0;
  send('out', first, SYN);
  send('in', first, SYN | ACK);
  send('out', first, ACK);
  for (const { direction, ms, bytes } of tape.exchange) {
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      send(direction, ms, PSH | ACK, Buffer.from(bytes.subarray(at, at + SEGMENT)));
    }
  }
  const last = tape.exchange[tape.exchange.length - 1]?.ms ?? 0;
  send('out', last, FIN | ACK);
  send('in', last, FIN | ACK);
  return Buffer.concat([header, ...packets]);
}

/** @param time ms since 1970, with fractions */
function packet(time: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(16);
  const microseconds = Math.round(time * 1000);
  header.writeUInt32LE(Math.floor(microseconds / 1e6), 0);
  header.writeUInt32LE(microseconds % 1e6, 4);
  header.writeUInt32LE(bytes.length, 8);
  header.writeUInt32LE(bytes.length, 12);
  return Buffer.concat([header, bytes]);
}

/** IPv4 and TCP without options (RFC 791, section 3.1; RFC 9293, section 3.1). */
function ipPacket(
  direction: 'out' | 'in',
  sequence: number,
  acknowledged: number,
  flags: number,
  bytes: Buffer,
): Buffer {
  const [from, to] = direction === 'out' ? [CLIENT, SERVER] : [SERVER, CLIENT];
  const addresses = Buffer.from([...from.address, ...to.address]);
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(from.port, 0);
  tcp.writeUInt16BE(to.port, 2);
  tcp.writeUInt32BE(sequence, 4);
  tcp.writeUInt32BE(acknowledged, 8);
  tcp[12] = 5 << 4;
  tcp[13] = flags;
  tcp.writeUInt16BE(0xffff, 14);
  const pseudo = Buffer.concat([addresses, Buffer.from([0, 6, 0, 0])]);
  pseudo.writeUInt16BE(tcp.length + bytes.length, 10);
  tcp.writeUInt16BE(checksum(Buffer.concat([pseudo, tcp, bytes])), 16);
  const ip = Buffer.alloc(12);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + tcp.length + bytes.length, 2);
  ip.writeUInt16BE(0x4000, 6);
  ip[8] = 64;
  ip[9] = 6;
  ip.writeUInt16BE(checksum(Buffer.concat([ip, addresses])), 10);
  return Buffer.concat([ip, addresses, tcp, bytes]);
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
