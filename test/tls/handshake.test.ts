import assert from 'node:assert/strict';
import test from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { createMessageReader, handshakeMessage, type MessageReader } from '../../src/tls/handshake.ts';
import { messageName } from '../../src/tls/messageName.ts';
import { message } from '../support/tls/messages.ts';
import { assertRefused } from '../support/tls/refusal.ts';

/** Gives `bytes` to a reader in pieces of `size`. */
function read(bytes: Uint8Array, size: number): { messages: Uint8Array[]; reader: MessageReader } {
  const reader = createMessageReader();
  const messages: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    const piece = bytes.subarray(start, start + size);
    for (let at = 0; at < piece.length;) {
      at = reader.take(piece, at, () => undefined);
      const whole = reader.complete();
      if (whole !== null) messages.push(whole);
    }
  }
  return { messages, reader };
}

test('a message consists of its type, three bytes of length and its body', () => {
  const bytes = handshakeMessage(20, undefined, (writer) => writer.bytes(new Uint8Array(300).fill(1)));
  assert.equal(toHex(bytes), `1400012c${'01'.repeat(300)}`);
});

test('messages are put together from pieces of any size, and several are taken from one piece', () => {
  const list = [
    message(2, Buffer.alloc(70, 2)),
    message(14),
    message(12, Buffer.alloc(700, 3)),
    message(0),
    message(20, [1]),
  ];
  const bytes = Buffer.concat(list);
  for (const size of [1, 2, 3, 4, 5, 7, 64, 500, bytes.length]) {
    const { messages, reader } = read(bytes, size);
    assert.deepEqual(messages.map(toHex), list.map(toHex));
    assert.equal(reader.isAmid(), false);
  }
});

test('the header of a message that is read in pieces is returned at once', () => {
  const body = Buffer.alloc(700, 3);
  for (const type of [11, 13]) {
    const whole = message(type, body);
    const reader = createMessageReader();
    assert.equal(
      reader.take(whole, 0, () => undefined),
      4,
    );
    assert.equal(toHex(reader.complete() as Uint8Array), toHex(whole.subarray(0, 4)));
    assert.equal(reader.isAmid(), false);
    assert.equal(reader.held(), 0);
  }
});

test('the reader knows when the rest of a message is missing', () => {
  assert.equal(createMessageReader().isAmid(), false);
  assert.equal(read(Buffer.from([2]), 1).reader.isAmid(), true);
  assert.equal(read(message(2, [1, 2, 3]).subarray(0, 6), 9).reader.isAmid(), true);
});

test('the type is checked as soon as the header has come, before anything else', () => {
  const reader = createMessageReader();
  const check = (type: number): void => {
    throw new RangeError(`asked for ${type}`);
  };
  assert.equal(reader.take(Buffer.from([13, 0xff, 0xff]), 0, check), 3);
  assert.throws(() => reader.take(Buffer.from([0xff]), 0, check), { message: 'asked for 13' });
});

test('a message longer than its type can be is refused by its header', () => {
  const header = (type: number, length: number): Buffer => {
    const bytes = Buffer.from([type, 0, 0, 0]);
    bytes.writeUIntBE(length, 1, 3);
    return bytes;
  };
  const limits: [number, number][] = [
    [11, 20480],
    [13, 24576],
    [12, 1024],
    [2, 1024],
    [14, 1024],
    [20, 1024],
  ];
  for (const [type, most] of limits) {
    read(header(type, most), 4);
    assertRefused(
      () => read(header(type, most + 1), 4),
      'decode_error',
      new RegExp(`${most} bytes at most, got ${most + 1}`),
    );
  }
  assertRefused(() => read(header(11, 0xffffff), 4), 'decode_error', /got 16777215/);
  // A list of 16 KB passes with margin.
  assert.ok(limits[0][1] >= 16384 + 2048);
});

test('messages have the RFCs’ names', () => {
  assert.equal(messageName(2), 'ServerHello');
  assert.equal(messageName(4), 'NewSessionTicket');
  assert.equal(messageName(99), 'handshake type 99');
});
