/**
 * The server's chain that was verified last, kept over power cuts, in `/chain`: the next boot compares the server's
 * certificate with it, instead of verifying the chain again. It counts only for the program that verified it and for the same
 * host, and only while the anchor to which it led is among the board's, with the very same key. The file contains the length of
 * the header and its CRC, each as four hexadecimal digits, the header in JSON, the anchor's key and the server's certificate.
 */
import { concat, equalBytes, fromBinaryString, toBinaryString } from '../src/bytes/encoding.ts';
import type { KeptChain, PublicKey, TrustAnchor } from '../src/index.ts';
import { crc16 } from './crc16.ts';
import type { Files } from './kaluma/files.ts';

const PATH = '/chain';
/** Most bytes of the file: a header, an RSA key of 4096 bits, a certificate that `chainCache.ts` keeps. */
const MAXIMUM = 5120;
/** Bytes in front of the header. */
const PREFIX = 8;

interface Header {
  program: string;
  host: string;
  anchor: string;
  anchorLength: number;
  /** The time during which the chain counts, as in `VerifiedServer`. */
  start: number;
  end: number;
  /** The server's key: its type, and the place of its bytes in the server's certificate. */
  type: 'rsa' | 'P-256' | 'P-384';
  at: number;
  length: number;
  exponent: number;
}

/** The host, the anchors and the program for which a chain must have been verified. */
export interface ChainPurpose {
  /** The build of the program. */
  program: string;
  host: string;
  anchors: readonly TrustAnchor[];
}

/**
 * Stores `chain` if it is given, otherwise reads the stored one.
 * @returns null if none is stored, or if the stored one is damaged or for another purpose
 * @throws Error of the file system
 */
export function keptChain(files: Files, purpose: ChainPurpose, chain?: KeptChain): KeptChain | null {
  if (chain === undefined) return load(files, purpose);
  store(files, purpose, chain);
  return chain;
}

function store(files: Files, { program }: ChainPurpose, { certificate, host, anchors, server }: KeptChain): void {
  const { publicKey, anchor, start, end } = server;
  const trusted = anchors.find(({ name }) => name === anchor);
  const key = keyBytes(publicKey);
  const at = toBinaryString(certificate).indexOf(toBinaryString(key));
  if (trusted === undefined || at < 0) return;
  const anchorKey = keyBytes(trusted.publicKey);
  const header: Header = {
    ...{ program, host, anchor, anchorLength: anchorKey.length, start, end, at, length: key.length },
    ...(publicKey.type === 'rsa'
      ? { type: publicKey.type, exponent: publicKey.exponent }
      : { type: publicKey.curve, exponent: 0 }),
  };
  const text = JSON.stringify(header);
  files.write(PATH, concat(fromBinaryString(hex(text.length) + checksum(text) + text), anchorKey, certificate));
}

function load(files: Files, { program, host, anchors }: ChainPurpose): KeptChain | null {
  const bytes = files.read(PATH, 0, MAXIMUM);
  const prefix = toBinaryString(bytes.subarray(0, PREFIX));
  const end = PREFIX + parseInt(prefix.slice(0, 4), 16);
  const text = toBinaryString(bytes.subarray(PREFIX, end));
  if (text === '' || prefix.slice(4) !== checksum(text)) return null;
  const header = JSON.parse(text) as Header;
  if (header.program !== program || header.host !== host) return null;
  const anchorKey = bytes.subarray(end, end + header.anchorLength);
  const isTrusted = anchors.some(
    ({ name, publicKey }) => name === header.anchor && equalBytes(keyBytes(publicKey), anchorKey),
  );
  if (!isTrusted) return null;
  const certificate = bytes.slice(end + header.anchorLength);
  const key = certificate.slice(header.at, header.at + header.length);
  const { type, exponent } = header;
  const publicKey: PublicKey =
    type === 'rsa' ? { type, modulus: key, exponent } : { type: 'ec', curve: type, point: key };
  return {
    certificate,
    host,
    anchors,
    server: { publicKey, anchor: header.anchor, start: header.start, end: header.end },
  };
}

function keyBytes(key: PublicKey): Uint8Array {
  return key.type === 'rsa' ? key.modulus : key.point;
}

function checksum(text: string): string {
  return hex(crc16(text.length, (i) => text.charCodeAt(i)));
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0');
}
