import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { DecodeError } from '../../src/bytes/errors.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { Writer } from '../../src/bytes/writer.ts';

test('a reader gets back the integers, bytes and vectors that a writer wrote', () => {
  const bytes = new Writer(1).u8(0x12).u16(0x3456).u24(0x789abc).bytes(Uint8Array.of(1, 2)).finish();
  assert.deepEqual([...bytes], [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 1, 2]);
  const reader = new Reader(bytes, 'sample');
  assert.equal(reader.u8(), 0x12);
  assert.equal(reader.u16(), 0x3456);
  assert.equal(reader.u24(), 0x789abc);
  assert.deepEqual([...reader.bytes(2)], [1, 2]);
  reader.end();
});

test('nested vectors carry the lengths of their bodies', () => {
  const writer = new Writer();
  writer.vector24('outer', () => {
    writer.vector16('inner', () => writer.u8(7));
    writer.vector8('empty', () => undefined);
  });
  const bytes = writer.finish();
  assert.deepEqual([...bytes], [0, 0, 4, 0, 1, 7, 0]);
  const reader = new Reader(bytes, 'sample');
  const outer = reader.vector24('outer');
  const inner = outer.vector16('inner');
  assert.equal(inner.u8(), 7);
  inner.end();
  outer.vector8('empty').end();
  outer.end();
  reader.end();
});

test('a vector too long for its length prefix is refused', () => {
  const writer = new Writer();
  assert.throws(() => writer.vector8('list', () => writer.bytes(new Uint8Array(256))), RangeError);
});

test('reading past the end of a vector names the vector, even if more bytes follow it', () => {
  const reader = new Reader(Uint8Array.of(1, 9, 9), 'sample');
  const inner = reader.vector8('list');
  assert.throws(() => inner.u16(), { name: 'DecodeError', message: 'list: expected 2 bytes, 1 left' });
});

test('a length prefix above the remaining bytes is refused', () => {
  const reader = new Reader(Uint8Array.of(0, 5, 1), 'sample');
  assert.throws(() => reader.vector16('list'), { message: 'sample: expected 5 bytes, 1 left' });
});

test('a vector with left-over bytes is refused', () => {
  const reader = new Reader(Uint8Array.of(1, 2, 3), 'sample');
  reader.u8();
  assert.throws(() => reader.end(), DecodeError);
});

test('reader and writer annotate every byte once, and alike', () => {
  const written: Annotation[] = [];
  const writer = new Writer();
  writer.annotations = written;
  writer.u16(0x0303).note('version');
  writer.vector8('suites', () => writer.u16(0xc02f).note('suite'));
  const read: Annotation[] = [];
  const reader = new Reader(writer.finish(), 'sample');
  reader.annotations = read;
  reader.u16();
  reader.note('version');
  const suites = reader.vector8('suites');
  suites.u16();
  suites.note('suite');
  assert.deepEqual(read, written);
  assert.deepEqual(
    read.map(({ start, end, depth }) => [start, end, depth]),
    [
      [0, 2, 0],
      [2, 3, 0],
      [3, 5, 1],
    ],
  );
});
