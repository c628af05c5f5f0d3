/** A program packed by the PC is what the board unpacks, and nothing else can do harm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE } from '../../firmware/layout.ts';
import { createUnpacker, LONGEST } from '../../firmware/update/unpack.ts';
import { pack } from '../../scripts/update/pack.ts';
import { SeededRandom } from '../support/random.ts';

/** Unpacks in pieces of some bytes, with the pages as the flash. @returns the text, and how many bytes each page took */
function unpack(packed: Uint8Array, size: number, piece = packed.length, before: Uint8Array = new Uint8Array(0)) {
  let text = Buffer.from(before);
  const ends: number[] = [];
  let used = 0;
  const read = (offset: number): Uint8Array => {
    const bytes = new Uint8Array(LONGEST);
    bytes.set(text.subarray(offset, offset + LONGEST));
    return bytes;
  };
  const unpacker = createUnpacker(before.length, size, read, (page, count) => {
    text = Buffer.concat([text, page]);
    ends.push(used + count);
  });
  for (; used < packed.length; used += piece) unpacker.take(packed.subarray(used, used + piece));
  return { text, ends };
}

/** Words that come again near and far, as in a program. */
function someText(random: SeededRandom): Buffer {
  const words = Array.from({ length: 40 }, () =>
    String.fromCharCode(...Array.from({ length: 1 + random.below(90) }, () => 32 + random.below(90))),
  );
  let text = '';
  const length = 1 + random.below(5000);
  while (text.length < length) text += words[random.below(words.length)];
  return Buffer.from(text);
}

test('every text comes back, in pieces of any length, and behind any page', () => {
  const random = new SeededRandom(7);
  for (let i = 0; i < 100; i++) {
    const text = someText(random);
    const packed = pack(text);
    if (packed === null) continue;
    const { ends } = unpack(packed, text.length);
    assert.deepEqual(unpack(packed, text.length, 1 + random.below(300)).text, text);
    const pages = random.below(ends.length);
    const rest = packed.subarray(pages === 0 ? 0 : ends[pages - 1]);
    assert.deepEqual(unpack(rest, text.length, rest.length, text.subarray(0, pages * PAGE)).text, text);
  }
});

test('a copy has its length and its distance in the bits that the format gives it', () => {
  assert.equal(unpack(Uint8Array.of(0x61, 0x62, 0x63, 0b10_000_000, 3), 6).text.toString(), 'abcabc');
  assert.equal(unpack(Uint8Array.of(...Buffer.from('abcde'), 0b11_000001, 0, 5), 10).text.toString(), 'abcdeabcde');

  const old = Buffer.from('x'.repeat(8 * PAGE - 3) + 'far');
  const behind = (...packed: number[]): string =>
    unpack(Uint8Array.from(packed), old.length + 3, packed.length, old).text.toString('latin1', old.length);
  assert.equal(behind(0b10_000_111, 0xff).slice(0, 3), 'xxx', 'from 2,047 back');
  assert.equal(behind(0b10_000_000, 3), 'far');
});

test('texts of other characters, and those that get no shorter, are not packed', () => {
  assert.equal(pack(Buffer.from('abc')), null);
  assert.equal(pack(Buffer.from('ä'.repeat(500))), null);
  assert.ok((pack(Buffer.from('abc'.repeat(500))) as Buffer).length < 120);
});

test('bytes that packing does not produce are refused', () => {
  const refused: [string, number[]][] = [
    ['a copy from before the beginning', [0x61, 0x62, 0x63, 0b10_000_000, 4]],
    ['a copy of what is still to come', [...Buffer.from('abc'), 0b10_111_000, 3]],
    ['a copy from nowhere', [0x61, 0x62, 0x63, 0x64, 0b11_000000, 0, 0]],
    ['a copy that leaves its page', [...Buffer.from('a'.repeat(PAGE - 2)), 0b10_000_000, 100]],
    ['more than the manifest says', Array.from(Buffer.from('a'.repeat(301)))],
  ];
  for (const [what, packed] of refused) {
    assert.throws(() => unpack(Uint8Array.from(packed), 300), /packed program is/, what);
  }
});
