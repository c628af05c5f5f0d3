/**
 * A tape: everything that a connection depended on, so that the same client can be run again on the same bytes, or on
 * changed ones. With the entropy replayed, the client sends exactly what it sent.
 */
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import type { EcCurve } from '../../src/crypto/curve.ts';
import { generateKeyPair } from '../../src/crypto/ecdh.ts';
import { type ClientIdentity, finish, type TrustAnchor } from '../../src/index.ts';
import type { Message, MqttClientOptions } from '../../src/mqtt/index.ts';
import { keyPairOn } from '../../src/tls/states/clientFlight.ts';
import type { Direction } from '../../src/trace.ts';

/** Bytes as one side handed them to TCP, or got them from it. */
export interface Chunk {
  direction: Direction;
  /** Since dialling. */
  ms: number;
  bytes: Uint8Array;
}

export interface Tape {
  /** The kind of connection: to a local endpoint with throw-away keys, to a configured one, or one that a board made. */
  kind: 'local' | 'configured' | 'board';
  host: string;
  alpn?: string;
  /** The client's clock, ms since 1970. */
  time: number;
  anchors: TrustAnchor[];
  /** The device's, its own first. */
  certificates: Uint8Array[];
  /** DER of the authority that the server trusts device certificates of; null if that is not known here. */
  deviceAuthority: Uint8Array | null;
  exchange: Chunk[];
  /** The secrets of the client; null where they are withheld, or were never known here. */
  secrets: TapeSecrets | null;
  /** The master secret of a connection whose client is not run here, from the TLS stack's key log; else null. */
  masterSecret: Uint8Array | null;
  /** A ServerKeyExchange of an earlier connection to the same server, for those who want to replay it. */
  oldKeyExchange: Uint8Array | null;
}

export interface TapeSecrets {
  /** All that the client's generator gave, in order: random, ephemeral key, nonce. */
  entropy: Uint8Array;
  /** The device's private key: of throw-away identities only. */
  deviceKey: ClientIdentity['key'] | null;
  mqtt: Omit<MqttClientOptions, 'trace'>;
  /** Null if the connection ended behind the handshake. */
  message: Message | null;
}

/**
 * A tape for others to see: without the device's key unless that is a throw-away one, and without what only the client
 * knew unless that was asked for.
 */
export function shownTape(tape: Tape, { withSecrets }: { withSecrets: boolean }): Tape {
  if (tape.kind === 'local') return tape;
  const { secrets } = tape;
  if (!withSecrets || secrets === null) return { ...tape, secrets: null };
  // Behind the client's random and its ephemeral key comes the nonce of the signature, which gives the device's key away.
  return { ...tape, secrets: { ...secrets, entropy: secrets.entropy.subarray(0, 64), deviceKey: null } };
}

/** JSON with bytes as `{"$hex": "16…"}` and big integers as `{"$int": "1f…"}`. */
export function encodeTape(tape: Tape): string {
  return JSON.stringify(tape, (_, value: unknown) => {
    if (value instanceof Uint8Array) return { $hex: toHex(value) };
    if (typeof value === 'bigint') return { $int: value.toString(16) };
    return value;
  });
}

export function decodeTape(text: string): Tape {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$hex' in value) return fromHex(String(value.$hex));
    if ('$int' in value) return BigInt(`0x${String(value.$int)}`);
    return value;
  }) as Tape;
}

/** All bytes of one direction. */
export function streamOf(tape: Tape, direction: Direction): Uint8Array {
  const chunks = tape.exchange.filter((chunk) => chunk.direction === direction);
  const stream = new Uint8Array(chunks.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of chunks) {
    stream.set(bytes, at);
    at += bytes.length;
  }
  return stream;
}

/** The offsets at which each record of a stream begins and ends, by the lengths in the headers; the last one may be cut off. */
export function recordSpans(stream: Uint8Array): { start: number; end: number }[] {
  const spans: { start: number; end: number }[] = [];
  for (let start = 0; start < stream.length;) {
    const length = start + 5 <= stream.length ? 5 + ((stream[start + 3] << 8) | stream[start + 4]) : 5;
    const end = Math.min(start + length, stream.length);
    spans.push({ start, end });
    start = end;
  }
  return spans;
}

/**
 * The client's ephemeral private key, 1 to n − 1; null where it is withheld. The client makes one on P-256 before it
 * dials, and another out of it if the server wants another curve.
 */
export function ephemeralKey({ secrets }: Tape, curve: EcCurve): bigint | null {
  if (secrets === null) return null;
  // The client's random comes first.
  let at = 32;
  const random = (length: number): Uint8Array => secrets.entropy.subarray(at, (at += length));
  const keyPair = finish(generateKeyPair('P-256', random));
  return curve === 'P-256' ? keyPair.privateKey : finish(keyPairOn(curve, { keyPair })).privateKey;
}
