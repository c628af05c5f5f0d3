import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { DerReader, INTEGER, OCTET_STRING, SEQUENCE } from '../../src/x509/der.ts';
import { problem } from './certificates.ts';

function reader(hex: string): DerReader {
  return new DerReader(fromHex(hex), 'leaf');
}

/** The DER of an OCTET STRING of `length` bytes with the length octets given. */
function octets(lengthOctets: string, length: number): string {
  return `04${lengthOctets}${'aa'.repeat(length)}`;
}

test('lengths of one, two and three octets', () => {
  for (const [form, length] of [
    ['00', 0],
    ['7f', 127],
    ['8180', 128],
    ['81ff', 255],
    ['820100', 256],
    ['82ffff', 65535],
  ] as const) {
    assert.equal(reader(octets(form, length)).contents(OCTET_STRING, 'value').length, length, form);
  }
});

test('lengths that are not the shortest, indefinite, or beyond 64 KB are refused', () => {
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
    assert.throws(
      () => reader(octets(form, length)).contents(OCTET_STRING, 'value'),
      problem('malformed', /DER length/),
    );
  }
});

test('an element that ends early is refused wherever it is cut', () => {
  const whole = octets('820100', 256);
  for (let length = 0; length < whole.length; length += 2) {
    assert.throws(
      () => reader(whole.slice(0, length)).contents(OCTET_STRING, 'value'),
      problem('malformed', /^leaf: /),
    );
  }
});

test('an element does not reach beyond the one that it stands in', () => {
  // SEQUENCE { OCTET STRING of 3 bytes, of which 2 are there } OCTET STRING
  const outer = reader('300404 03 aaaa 0402bbbb'.replaceAll(' ', ''));
  outer.enter(SEQUENCE, 'outer');
  assert.throws(() => outer.contents(OCTET_STRING, 'value'), problem('malformed', /expected 3 bytes, 2 left/));
  // Nothing is left inside, and behind it stands what was asked for.
  const empty = reader('30000402bbbb');
  empty.enter(SEQUENCE, 'outer');
  assert.equal(empty.peek(), undefined);
  assert.throws(() => empty.contents(OCTET_STRING, 'value'), problem('malformed', /expected 2 bytes, -2 left/));
});

test('nested elements are entered and left, and must be used up', () => {
  const nested = reader('30083003020101020102');
  const file = nested.enter(SEQUENCE, 'outer');
  const outer = nested.enter(SEQUENCE, 'inner');
  assert.equal(toHex(nested.unsigned('one')), '01');
  nested.leave(outer);
  assert.throws(() => nested.leave(file), problem('malformed', /3 bytes too many/));
  assert.equal(toHex(nested.unsigned('two')), '02');
  nested.leave(file);
  assert.equal(nested.position, 10);
});

test('a wrong tag is refused with what came', () => {
  assert.throws(() => reader('3100').enter(SEQUENCE, 'validity'), problem('malformed', /validity .* tag 30, got 31/));
});

test('elements and contents share memory with the source', () => {
  const source = fromHex('3003020107');
  const der = new DerReader(source, 'leaf');
  const element = der.element(SEQUENCE, 'value');
  assert.equal(element.buffer, source.buffer);
  assert.equal(toHex(element), '3003020107');
});

test('BOOLEAN DEFAULT FALSE is absent or ff', () => {
  assert.equal(reader('0101ff').flag('critical'), true);
  const absent = reader('020101');
  assert.equal(absent.flag('critical'), false);
  assert.equal(absent.position, 0);
  assert.equal(reader('').flag('critical'), false);
  for (const bad of ['010100', '010101', '0100', '0102ffff']) {
    assert.throws(() => reader(bad).flag('critical'), problem('malformed', /critical .* TRUE as ff/), bad);
  }
});

test('INTEGERs are in their shortest form and not negative', () => {
  for (const good of ['00', '01', '7f', '0080', '00ffff', '7fff']) {
    assert.equal(toHex(reader(`02${`0${good.length / 2}`}${good}`).unsigned('n')), good);
  }
  for (const bad of ['', '80', 'ff', '0000', '007f', '000080', 'ff80']) {
    const der = `02${`0${bad.length / 2}`}${bad}`;
    assert.throws(() => reader(der).unsigned('n'), problem('malformed', /shortest INTEGER/), bad);
  }
});

test('BIT STRINGs of whole octets', () => {
  assert.equal(toHex(reader('030300aabb').bits('b')), 'aabb');
  assert.equal(toHex(reader('030100').bits('b')), '');
  for (const bad of ['0300', '030201aa', '030101', '030208aa']) {
    assert.throws(() => reader(bad).bits('b'), problem('malformed', /whole octets/), bad);
  }
  const nested = reader('03040002010705');
  const outer = nested.enterBits('b');
  assert.equal(toHex(nested.unsigned('n')), '07');
  nested.leave(outer);
});

test('annotations name each element, its span and its depth', () => {
  const annotations: Annotation[] = [];
  const nested = reader('300602010704010a');
  nested.annotations = annotations;
  const file = nested.enter(SEQUENCE, 'outer');
  nested.contents(INTEGER, 'number');
  nested.note('seven');
  nested.skip(OCTET_STRING, 'rest');
  nested.leave(file);
  assert.deepEqual(annotations, [
    { start: 0, end: 2, name: 'outer', meaning: '6 bytes', depth: 0 },
    { start: 2, end: 5, name: 'number', meaning: 'seven', depth: 1 },
    { start: 5, end: 8, name: 'rest', meaning: '', depth: 1 },
  ]);
});
