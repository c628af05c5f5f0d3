/**
 * Packs a program for its way to a board, which deciphers a byte in 0.3 ms: a packed one takes half of that time.
 * `firmware/update/unpack.ts` has the format. The shortest result is not the fastest one: a board needs as long for a copy as
 * for some bytes, so a copy counts more than the two or three that it takes.
 */
import { PAGE } from '../../firmware/layout.ts';
import { FAR, LONGEST, NEAR } from '../../firmware/update/unpack.ts';

/** The two kinds of a copy: its shortest and longest length, from how far back, and how many bytes it counts. */
const KINDS = [
  { shortest: NEAR, longest: NEAR + 7, farthest: 0x7ff, cost: 3 },
  { shortest: FAR, longest: LONGEST, farthest: 0xffff, cost: 4.2 },
] as const;
/** How many places are looked at for each copy. */
const PLACES = 400;

interface Copy {
  length: number;
  distance: number;
}
/** At each place the longest copy of each kind that may stand there; length 0 for none. */
type Copies = readonly (readonly [near: Copy, far: Copy])[];

/** @returns null if it has other characters than ASCII, or gets no shorter */
export function pack(text: Buffer): Buffer | null {
  if (text.some((byte) => byte >= 128)) return null;
  const packed = encode(text, cheapest(longestCopies(text)));
  return packed.length < text.length ? packed : null;
}

function longestCopies(text: Buffer): Copies {
  /** By the first NEAR characters: the last place that begins with them, and from each place the one before. */
  const newest = new Map<number, number>();
  const earlier = new Int32Array(text.length);
  const keyAt = (at: number): number => (at + NEAR > text.length ? -1 : text.readUIntLE(at, NEAR));
  /** Up to where `newest` goes. */
  let known = 0;
  return Array.from(text, (_, at) => {
    const page = at - (at % PAGE);
    for (; known < at; known++) {
      earlier[known] = newest.get(keyAt(known)) ?? -1;
      newest.set(keyAt(known), known);
    }
    const most = Math.min(page + PAGE, text.length) - at;
    const found: [Copy, Copy] = [
      { length: 0, distance: 0 },
      { length: 0, distance: 0 },
    ];
    let place = newest.get(keyAt(at)) ?? -1;
    const isLongest = (kind: 0 | 1): boolean => found[kind].length === Math.min(most, KINDS[kind].longest);
    for (let i = 0; i < PLACES && place >= 0 && at - place <= KINDS[1].farthest; i++) {
      if (isLongest(1) && (isLongest(0) || at - place > KINDS[0].farthest)) break;
      const end = Math.min(most, (place < page ? page : at) - place);
      let same = 0;
      while (same < end && text[place + same] === text[at + same]) same += 1;
      for (const [kind, { shortest, longest, farthest }] of KINDS.entries()) {
        const length = Math.min(same, longest);
        if (at - place > farthest || length < shortest || length <= found[kind].length) continue;
        found[kind] = { length, distance: at - place };
      }
      place = earlier[place];
    }
    return found;
  });
}

/** What to encode at a place: a character if `kind` is null, or a copy, which may be shorter than the longest. */
interface Step extends Copy {
  kind: 0 | 1 | null;
}

/** @returns for each place the step that brings the least cost from there to the end */
function cheapest(copies: Copies): Step[] {
  const costs = new Float64Array(copies.length + 1);
  const steps = new Array<Step>(copies.length);
  for (let at = copies.length - 1; at >= 0; at--) {
    costs[at] = costs[at + 1] + 1;
    steps[at] = { kind: null, length: 1, distance: 0 };
    for (const kind of [0, 1] as const) {
      const { length: most, distance } = copies[at][kind];
      for (let length = KINDS[kind].shortest; length <= most; length++) {
        const cost = costs[at + length] + KINDS[kind].cost;
        if (cost >= costs[at]) continue;
        costs[at] = cost;
        steps[at] = { kind, length, distance };
      }
    }
  }
  return steps;
}

function encode(text: Buffer, steps: readonly Step[]): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += steps[at].length) {
    const { kind, length, distance } = steps[at];
    if (kind === null) bytes.push(text[at]);
    else if (kind === 0) bytes.push(128 | ((length - NEAR) << 3) | (distance >> 8), distance & 0xff);
    else bytes.push(192 | (length - FAR), distance >> 8, distance & 0xff);
  }
  return Buffer.from(bytes);
}
