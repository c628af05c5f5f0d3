/** Changes to bytes of every kind that a network, an attacker or a careless server might make; the same for a seed. */
import type { SeededRandom } from '../support/random.ts';

/** Something that may stand between two parts: a whole record, a whole message, a whole element. */
export type Splitter = (bytes: Uint8Array) => Uint8Array[];

export interface Source {
  random: SeededRandom;
  /** Other bytes of the same kind, to splice in. */
  others: readonly Uint8Array[];
  /** Cut bytes into parts that are dropped, doubled and moved whole; all together the parts are the bytes. */
  splitters: readonly Splitter[];
}

/** Numbers that lengths, counts and types turn bad at. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0x81, 0x82, 0xff, 20, 21, 22, 23];

type Mutation = (bytes: Uint8Array, source: Source) => Uint8Array;

function span(bytes: Uint8Array, random: SeededRandom): [number, number] {
  const start = random.below(bytes.length + 1);
  const longest = random.below(4) === 0 ? bytes.length - start : Math.min(16, bytes.length - start);
  return [start, start + random.below(longest + 1)];
}

function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Changes one byte, if there is one. */
function change(bytes: Uint8Array, random: SeededRandom, to: (byte: number) => number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  if (bytes.length > 0) {
    const at = random.below(bytes.length);
    changed[at] = to(changed[at]);
  }
  return changed;
}

/** Changes the order or the number of whole parts. */
function rearrange(bytes: Uint8Array, { random, splitters }: Source): Uint8Array {
  const parts = splitters.length === 0 ? [bytes] : splitters[random.below(splitters.length)](bytes);
  if (parts.length === 0) return bytes;
  const at = random.below(parts.length);
  const other = random.below(parts.length);
  const kind = random.below(3);
  if (kind === 0) parts.splice(at, 1);
  else if (kind === 1) parts.splice(other, 0, parts[at]);
  else [parts[at], parts[other]] = [parts[other], parts[at]];
  return join(...parts);
}

const MUTATIONS: readonly Mutation[] = [
  (bytes, { random }) => change(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, { random }) => change(bytes, random, () => random.below(256)),
  // The likeliest way to hit a length: small steps and edges.
  (bytes, { random }) => change(bytes, random, (byte) => byte + random.below(5) - 2),
  (bytes, { random }) => change(bytes, random, () => EDGES[random.below(EDGES.length)]),
  (bytes, { random }) => bytes.slice(0, random.below(bytes.length + 1)),
  (bytes, { random }) => {
    const [start, end] = span(bytes, random);
    return join(bytes.subarray(0, start), bytes.subarray(end));
  },
  (bytes, { random }) => {
    const [start, end] = span(bytes, random);
    return join(bytes.subarray(0, end), bytes.subarray(start));
  },
  (bytes, { random }) => {
    const at = random.below(bytes.length + 1);
    return join(bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at));
  },
  (bytes, { random, others }) => {
    if (others.length === 0) return bytes;
    const other = others[random.below(others.length)];
    const [start, end] = span(other, random);
    const at = random.below(bytes.length + 1);
    // In place of as many bytes, so that the lengths around it stay right, or in between.
    return join(
      bytes.subarray(0, at),
      other.subarray(start, end),
      bytes.subarray(at + random.below(2) * (end - start)),
    );
  },
  rearrange,
  rearrange,
];

/** Makes one change, seldom two or three. */
export function mutate(bytes: Uint8Array, source: Source): Uint8Array {
  const { random } = source;
  let mutated = bytes;
  for (let count = 1 + Math.max(0, random.below(6) - 3); count > 0; count--) {
    mutated = MUTATIONS[random.below(MUTATIONS.length)](mutated, source);
  }
  return mutated;
}

/** Cuts bytes that are headers of `header` bytes, which end in a length of `size` bytes, and bodies. */
export function framed(header: number, size: number): Splitter {
  return (bytes) => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      let length = 0;
      for (let i = at + header - size; i < at + header; i++) length = length * 256 + (bytes[i] ?? 0);
      parts.push(bytes.slice(at, at + header + length));
      at += header + length;
    }
    return parts;
  };
}

/** Records: type, version, length of 2 bytes. */
export const records = framed(5, 2);
/** Handshake messages: type, length of 3 bytes. */
export const messages = framed(4, 3);
