/**
 * Packs a program for its way to a board, which deciphers a byte in 0.3 ms: a packed one takes half of that time.
 * `firmware/update/unpack.ts` has the format. The shortest result is not the fastest one: a board needs as long for a copy as
 * for some bytes, so a copy counts more than the three that it takes.
 */
import { PAGE } from '../../firmware/layout.ts';
import { LONGEST, SHORTEST } from '../../firmware/update/unpack.ts';

const FARTHEST = 0xffff;
/** Bytes that a copy counts. */
const COPY = 4.2;
/** How many places are looked at for each copy. */
const PLACES = 100;

interface Copy {
  length: number;
  distance: number;
}

/** @returns null if it has other characters than ASCII, or gets no shorter */
export function pack(text: Buffer): Buffer | null {
  if (text.some((byte) => byte >= 128)) return null;
  const copies = longestCopies(text);
  const packed = encode(text, copies, cheapest(copies));
  return packed.length < text.length ? packed : null;
}

/** The longest copy that may stand at each place; length 0 for none. */
function longestCopies(text: Buffer): Copy[] {
  /** By the first SHORTEST characters: the last place that begins with them, and from each place the one before. */
  const newest = new Map<number, number>();
  const earlier = new Int32Array(text.length);
  const keyAt = (at: number): number => (at + SHORTEST > text.length ? -1 : text.readUInt32LE(at));
  /** Up to where `newest` goes. */
  let known = 0;
  return Array.from(text, (_, at) => {
    const page = at - (at % PAGE);
    for (; known < at; known++) {
      earlier[known] = newest.get(keyAt(known)) ?? -1;
      newest.set(keyAt(known), known);
    }
    const most = Math.min(LONGEST, page + PAGE - at, text.length - at);
    let [length, distance] = [0, 0];
    let place = newest.get(keyAt(at)) ?? -1;
    for (let i = 0; i < PLACES && place >= 0 && at - place <= FARTHEST && length < most; i++) {
      const end = Math.min(most, (place < page ? page : at) - place);
      let same = 0;
      while (same < end && text[place + same] === text[at + same]) same += 1;
      if (same >= SHORTEST && same > length) [length, distance] = [same, at - place];
      place = earlier[place];
    }
    return { length, distance };
  });
}

/** How many characters to encode at each place at once, for the least cost from there to the end. */
function cheapest(copies: readonly Copy[]): Uint16Array {
  const costs = new Float64Array(copies.length + 1);
  const steps = new Uint16Array(copies.length);
  for (let at = copies.length - 1; at >= 0; at--) {
    costs[at] = costs[at + 1] + 1;
    steps[at] = 1;
    for (let length = SHORTEST; length <= copies[at].length; length++) {
      const cost = costs[at + length] + COPY;
      if (cost < costs[at]) [costs[at], steps[at]] = [cost, length];
    }
  }
  return steps;
}

function encode(text: Buffer, copies: readonly Copy[], steps: Uint16Array): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += steps[at]) {
    const { distance } = copies[at];
    if (steps[at] === 1) bytes.push(text[at]);
    else bytes.push(128 + steps[at] - SHORTEST, distance >> 8, distance & 0xff);
  }
  return Buffer.from(bytes);
}
