/**
 * Packs a program for its way to a board, which deciphers a byte in 0.3 ms: a packed one takes half of that time.
 * `firmware/update/unpack.ts` has the format. The shortest result is not the fastest one: a board needs as long for a copy as
 * for some bytes, so a copy counts more than the two or three that it takes.
 */
import { PAGE } from '../../firmware/layout.ts';
import { FAR, LONGEST, NEAR } from '../../firmware/update/unpack.ts';

/** A kind of copies: the shortest and longest length, from how far back, and how many bytes one counts. */
interface Kind {
  shortest: number;
  longest: number;
  farthest: number;
  cost: number;
}
const NEAR_COPY: Kind = { shortest: NEAR, longest: NEAR + 7, farthest: 0x7ff, cost: 3 };
const FAR_COPY: Kind = { shortest: FAR, longest: LONGEST, farthest: 0xffff, cost: 4.2 };
/** How many places are looked at for each copy. */
const PLACES = 400;

/** Of one kind, the longest copy that may stand at each place; length 0 for none. */
interface Copies {
  kind: Kind;
  lengths: Uint8Array;
  distances: Uint16Array;
}

/** @returns null if it has other characters than ASCII, or gets no shorter */
export function pack(text: Buffer): Buffer | null {
  if (text.some((byte) => byte >= 128)) return null;
  const packed = encode(text, cheapest(text.length, longestCopies(text)));
  return packed.length < text.length ? packed : null;
}

/** @returns the near copies and the far ones */
function longestCopies(text: Uint8Array): [Copies, Copies] {
  const size = text.length;
  const copies = (kind: Kind): Copies => ({ kind, lengths: new Uint8Array(size), distances: new Uint16Array(size) });
  const [near, far] = [copies(NEAR_COPY), copies(FAR_COPY)];
  /**
   * By the first three characters, of seven bits: the last place that begins with them, and from each place the one before.
   * A place counts from 1 here, 0 is none: of an array that nobody fills, only the parts in use take time and memory.
   */
  const newest = new Int32Array(1 << 21);
  const earlier = new Int32Array(size);
  for (let at = 0; at + NEAR <= size; at++) {
    const page = at - (at % PAGE);
    const most = Math.min(page + PAGE, size) - at;
    const key = (text[at] << 14) | (text[at + 1] << 7) | text[at + 2];
    let place = newest[key] - 1;
    for (let i = 0; i < PLACES && place >= 0 && at - place <= FAR_COPY.farthest; i++, place = earlier[place] - 1) {
      const nearCounts = at - place <= NEAR_COPY.farthest && near.lengths[at] < Math.min(most, NEAR_COPY.longest);
      if (!nearCounts && far.lengths[at] === Math.min(most, FAR_COPY.longest)) break;
      // Few places have the character that would make a copy longer, so it is looked at first.
      const beaten = nearCounts ? Math.min(near.lengths[at], far.lengths[at]) : far.lengths[at];
      const end = Math.min(most, (place < page ? page : at) - place);
      if (beaten >= end || text[place + beaten] !== text[at + beaten]) continue;
      let same = 0;
      while (same < end && text[place + same] === text[at + same]) same += 1;
      for (const { kind, lengths, distances } of nearCounts ? [near, far] : [far]) {
        const length = Math.min(same, kind.longest);
        if (length < kind.shortest || length <= lengths[at]) continue;
        lengths[at] = length;
        distances[at] = at - place;
      }
    }
    earlier[at] = newest[key];
    newest[key] = at + 1;
  }
  return [near, far];
}

/** What to encode at a place: a character if `kind` is null, or a copy, which may be shorter than the longest. */
interface Step {
  kind: Kind | null;
  length: number;
  distance: number;
}

/** @returns for each place the step that brings the least cost from there to the end */
function cheapest(size: number, both: readonly Copies[]): Step[] {
  const costs = new Float64Array(size + 1);
  const steps = new Array<Step>(size);
  for (let at = size - 1; at >= 0; at--) {
    costs[at] = costs[at + 1] + 1;
    let step: Step = { kind: null, length: 1, distance: 0 };
    for (const { kind, lengths, distances } of both) {
      for (let length = kind.shortest; length <= lengths[at]; length++) {
        const cost = costs[at + length] + kind.cost;
        if (cost >= costs[at]) continue;
        costs[at] = cost;
        step = { kind, length, distance: distances[at] };
      }
    }
    steps[at] = step;
  }
  return steps;
}

function encode(text: Buffer, steps: readonly Step[]): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += steps[at].length) {
    const { kind, length, distance } = steps[at];
    if (kind === null) bytes.push(text[at]);
    else if (kind === NEAR_COPY) bytes.push(128 | ((length - NEAR) << 3) | (distance >> 8), distance & 0xff);
    else bytes.push(192 | (length - FAR), distance >> 8, distance & 0xff);
  }
  return Buffer.from(bytes);
}
