/** The memory of received bytes: a block that is used up is filled again, but never while somebody may look at it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordReader, type RecordReader } from '../../src/tls/recordReader.ts';
import { finish } from '../../src/steps.ts';

const MOST = 0x4000;

const read = (): RecordReader => createRecordReader(undefined, () => undefined);

/** A record of handshake bytes, which is passed on as it comes. */
function record(fill: number, length: number): Uint8Array {
  const bytes = new Uint8Array(5 + length).fill(fill);
  bytes.set([22, 3, 3, length >> 8, length & 255]);
  return bytes;
}

test('a block is filled again when the next content is asked for, and not before', () => {
  const reader = read();
  assert.ok(reader.push(record(1, 1019), MOST));
  const first = finish(reader.next());
  assert.deepEqual(first, { type: 22, bytes: new Uint8Array(1019).fill(1) });
  // The block is used up, but its bytes may still be looked at.
  assert.ok(reader.push(record(2, 1019), MOST));
  assert.deepEqual(first?.bytes, new Uint8Array(1019).fill(1));
  const second = finish(reader.next());
  assert.deepEqual(second?.bytes, new Uint8Array(1019).fill(2));
  assert.notEqual(second?.bytes.buffer, first?.bytes.buffer);
  assert.equal(finish(reader.next()), null);
  // Now nobody looks at the second block, and it serves again.
  assert.ok(reader.push(record(3, 1019), MOST));
  const third = finish(reader.next());
  assert.deepEqual(third?.bytes, new Uint8Array(1019).fill(3));
  assert.equal(third?.bytes.buffer, second?.bytes.buffer);
});

test('a block that is too small for what comes is not filled again', () => {
  const reader = read();
  assert.ok(reader.push(record(1, 1019), MOST));
  const small = finish(reader.next());
  assert.equal(finish(reader.next()), null);
  assert.ok(reader.push(record(2, 1400), MOST));
  const large = finish(reader.next());
  assert.deepEqual(large?.bytes, new Uint8Array(1400).fill(2));
  assert.notEqual(large?.bytes.buffer, small?.bytes.buffer);
});

test('bytes of a record that is being put together go there, and count once', () => {
  const reader = read();
  const alert = Uint8Array.of(21, 3, 3, 0, 40, ...new Uint8Array(40).fill(7));
  assert.ok(reader.push(alert.subarray(0, 15), MOST));
  assert.equal(finish(reader.next()), null);
  assert.equal(reader.held(), 40);
  // The rest fits, though no byte more may be held than the record has; what follows it does not.
  assert.ok(!reader.push(Uint8Array.of(...alert.subarray(15), 21), 40));
  assert.ok(reader.push(alert.subarray(15, 30), 40));
  assert.ok(reader.push(Uint8Array.of(...alert.subarray(30), 21), 41));
  assert.equal(reader.held(), 41);
  assert.deepEqual(finish(reader.next()), { type: 21, bytes: alert.subarray(5) });
  assert.equal(reader.held(), 1);
});

test('after clear() no block is left to be filled again', () => {
  const reader = read();
  assert.ok(reader.push(record(1, 1019), MOST));
  const first = finish(reader.next());
  assert.equal(finish(reader.next()), null);
  reader.clear();
  assert.ok(reader.push(record(2, 1019), MOST));
  assert.notEqual(finish(reader.next())?.bytes.buffer, first?.bytes.buffer);
});
