import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { DerReader, INTEGER, note, OCTET_STRING } from '../../src/x509/der.ts';
import { problem } from './certificates.ts';

function reader(hex: string): DerReader {
  return new DerReader(fromHex(hex), 'leaf');
}

/** The DER of an OCTET STRING of `length` bytes with the length octets given. */
function octets(lengthOctets: string, length: number): string {
  return `04${lengthOctets}${'aa'.repeat(length)}`;
}

test('lengths of one, two and three octets are read', () => {
  for (const [form, length] of [
    ['00', 0],
    ['7f', 127],
    ['8180', 128],
    ['81ff', 255],
    ['820100', 256],
    ['82ffff', 65535],
  ] as const) {
    assert.equal(reader(octets(form, length)).contents(OCTET_STRING).length, length, form);
  }
});

test('a length is refused that is not the shortest, is indefinite, or exceeds 64 KB', () => {
  for (const [form, length] of [
    ['8100', 0],
    ['817f', 127],
    ['82007f', 127],
    ['820080', 128],
    ['8200ff', 255],
    ['83000100', 256],
    ['83010000', 65536],
    ['8400000001', 1],
    ['80', 1],
    ['ff', 1],
  ] as const) {
    assert.throws(() => reader(octets(form, length)).contents(OCTET_STRING), problem('malformed', /DER length/));
  }
});

test('an element that ends early is refused wherever it is cut', () => {
  const whole = octets('820100', 256);
  for (let length = 0; length < whole.length; length += 2) {
    assert.throws(() => reader(whole.slice(0, length)).contents(OCTET_STRING), problem('malformed', /^leaf: /));
  }
});

test('an element that reaches beyond the one around it is refused', () => {
  // SEQUENCE { OCTET STRING of 3 bytes, of which 2 are there } OCTET STRING
  const outer = reader('300404 03 aaaa 0402bbbb'.replaceAll(' ', ''));
  outer.enter();
  assert.throws(() => outer.contents(OCTET_STRING), problem('malformed', /expected 3 bytes, got 2/));
  // Nothing is left inside, and behind it stands what was asked for.
  const empty = reader('30000402bbbb');
  empty.enter();
  assert.equal(empty.peek(), undefined);
  assert.throws(() => empty.contents(OCTET_STRING), problem('malformed', /expected 2 bytes, got -2/));
});

test('nested elements are entered and left, and must be used up', () => {
  const nested = reader('30083003020101020102');
  nested.enter();
  nested.enter();
  assert.equal(toHex(nested.unsigned()), '01');
  nested.leave();
  assert.throws(() => nested.leave(), problem('malformed', /expected the end, got 3 bytes/));
  assert.equal(toHex(nested.unsigned()), '02');
  nested.leave();
  assert.equal(nested.at, 10);
});

test('a wrong tag is refused, and the error names it', () => {
  assert.throws(
    () => reader('3100').enter(),
    problem('malformed', /^leaf: malformed, before byte 0: expected tag 30, got 31$/),
  );
});

test('elements and contents share memory with the source', () => {
  const source = fromHex('3003020107');
  const der = new DerReader(source, 'leaf');
  const element = der.element();
  assert.equal(element.buffer, source.buffer);
  assert.equal(toHex(element), '3003020107');
});

test('BOOLEAN DEFAULT FALSE is read as absent, ff or 00', () => {
  assert.equal(reader('0101ff').flag(), true);
  const absent = reader('020101');
  assert.equal(absent.flag(), false);
  assert.equal(absent.at, 0);
  assert.equal(reader('').flag(), false);
  assert.equal(reader('010100').flag(), false);
  for (const bad of ['010101', '0100', '0102ffff']) {
    assert.throws(() => reader(bad).flag(), problem('malformed', /expected TRUE/), bad);
  }
});

test('INTEGERs that are negative or not in their shortest form are refused', () => {
  for (const good of ['00', '01', '7f', '0080', '00ffff', '7fff']) {
    assert.equal(toHex(reader(`02${`0${good.length / 2}`}${good}`).unsigned()), good);
  }
  for (const bad of ['', '80', 'ff', '0000', '007f', '000080', 'ff80']) {
    const der = `02${`0${bad.length / 2}`}${bad}`;
    assert.throws(() => reader(der).unsigned(), problem('malformed', /shortest INTEGER/), bad);
  }
});

test('BIT STRINGs of whole octets are read, and others refused', () => {
  assert.equal(toHex(reader('030300aabb').bits()), 'aabb');
  assert.equal(toHex(reader('030100').bits()), '');
  for (const bad of ['0300', '030201aa', '030101', '030208aa']) {
    assert.throws(() => reader(bad).bits(), problem('malformed', /whole octets/), bad);
  }
  const nested = reader('03040002010705');
  nested.enterBits();
  assert.equal(toHex(nested.unsigned()), '07');
  nested.leave();
});

test('annotations name each element, its span and its depth', () => {
  const annotations: Annotation[] = [];
  const nested = reader('300602010704010a');
  nested.trace = { annotations, start: 0, level: 0, depth: 0 };
  nested.enter();
  note(nested, 'outer');
  nested.contents(INTEGER);
  note(nested, 'number');
  nested.contents(OCTET_STRING);
  note(nested, 'rest');
  nested.leave();
  assert.deepEqual(annotations, [
    { start: 0, end: 2, name: 'outer', depth: 0 },
    { start: 2, end: 5, name: 'number', depth: 1 },
    { start: 5, end: 8, name: 'rest', depth: 1 },
  ]);
});

test('a reader tells the next tag 512 times at most, so that no list is read without end', () => {
  const list = reader('0500'.repeat(600));
  for (let i = 0; i < 512; i++) list.contents(list.peek());
  assert.throws(() => list.peek(), problem('malformed', /512 elements at most/));
});
