import assert from 'node:assert/strict';
import test from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { createMessageReader, handshakeMessage, messageName, type MessageReader } from '../../src/tls/handshake.ts';
import { message } from '../support/tls/messages.ts';
import { assertRefused } from '../support/tls/refusal.ts';

/** Gives `bytes` to a reader in pieces of `size`. */
function read(
  bytes: Uint8Array,
  size: number,
  reader = createMessageReader(),
): { messages: Uint8Array[]; reader: MessageReader } {
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

test('a message is its type, three bytes of length and its body', () => {
  const bytes = handshakeMessage(20, undefined, (writer) => writer.bytes(new Uint8Array(300).fill(1)));
  assert.equal(toHex(bytes), `1400012c${'01'.repeat(300)}`);
});

test('messages are put together from pieces of any size, and several come out of one', () => {
  const list = [
    message(2, Buffer.alloc(70, 2)),
    message(14),
    message(11, Buffer.alloc(700, 3)),
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

test('a Certificate message that is known is given back itself, and any other is put together beside it', () => {
  const body = Buffer.from(Array.from({ length: 700 }, (_, i) => i * 7));
  const known = Uint8Array.from(message(11, body));
  const before = toHex(known);
  for (const size of [1, 3, 4, 5, 8, 9, 500, 704]) {
    const again = read(Buffer.concat([message(2, [1]), known]), size, createMessageReader(known)).messages[1];
    assert.equal(again, known, `in pieces of ${size}`);
    for (let at = 0; at < body.length; at += at < 20 || at > 680 ? 1 : 13) {
      const changed = Uint8Array.from(known);
      changed[4 + at] ^= 0x80;
      const [other] = read(changed, size, createMessageReader(known)).messages;
      assert.notEqual(other, known);
      assert.equal(toHex(other), toHex(changed), `byte ${at} in pieces of ${size}`);
    }
    for (const other of [message(11, body.subarray(1)), message(11, Buffer.concat([body, body])), message(12, body)]) {
      const [found] = read(other, size, createMessageReader(known)).messages;
      assert.equal(toHex(found), toHex(other));
    }
  }
  assert.equal(toHex(known), before, 'what is known stays as it is');
});

test('it is known when the rest of a message is missing', () => {
  assert.equal(createMessageReader().isAmid(), false);
  assert.equal(read(Buffer.from([2]), 1).reader.isAmid(), true);
  assert.equal(read(message(2, [1, 2, 3]).subarray(0, 6), 9).reader.isAmid(), true);
});

test('the type is checked when the header has come, before anything else', () => {
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
    [13, 8192],
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

test('names are the RFCs’', () => {
  assert.equal(messageName(2), 'ServerHello');
  assert.equal(messageName(4), 'NewSessionTicket');
  assert.equal(messageName(99), 'handshake type 99');
});
