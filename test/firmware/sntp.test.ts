import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSntpReply, SntpError, sntpRequest } from '../../firmware/sntp.ts';

const BUILD = Date.UTC(2026, 0, 1);
const nonce = Uint8Array.from({ length: 8 }, (_, i) => 17 * i + 5);
const request = sntpRequest(nonce);

/** The answer of a good server at `time`, with `change` made to it. */
function reply(time: number, change: (bytes: Uint8Array, view: DataView) => void = () => undefined): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  bytes.set([0x24, 2, 6, 0xec]);
  bytes.set(request.subarray(40, 48), 24);
  const seconds = Math.floor(time / 1000) + 2_208_988_800;
  view.setUint32(40, seconds >>> 0);
  view.setUint32(44, Math.floor(((time % 1000) / 1000) * 2 ** 32));
  change(bytes, view);
  return bytes;
}

test('a request has mode 3 of version 4 with a random transmit timestamp, and nothing else', () => {
  assert.equal(request.length, 48);
  assert.equal(request[0], 0b00_100_011);
  assert.deepEqual(request.subarray(40), nonce);
  assert.ok(request.subarray(1, 40).every((byte) => byte === 0));
});

test('seconds are counted from 1900, and fractions in 2^-32 (RFC 4330, section 3)', () => {
  const bytes = reply(0, (_, view) => {
    view.setUint32(40, 0xe9c4c4d4);
    view.setUint32(44, 0x80000000);
  });
  assert.equal(parseSntpReply(bytes, request, Date.UTC(2020, 0, 1)), Date.UTC(2024, 3, 13, 8, 46, 12, 500));
});

test('a reply gives the time to the millisecond, also after the 32 bits overflow in 2036', () => {
  for (const time of [Date.UTC(2026, 10, 23, 8, 0, 0, 250), Date.UTC(2036, 1, 8), Date.UTC(2040, 5, 5, 5, 5, 5, 5)]) {
    assert.ok(Math.abs(parseSntpReply(reply(time), request, BUILD) - time) <= 1, new Date(time).toISOString());
  }
});

test('a reply may lie anywhere in a larger buffer', () => {
  const time = Date.UTC(2026, 5, 1);
  const larger = new Uint8Array(100);
  larger.set(reply(time), 13);
  assert.equal(parseSntpReply(larger.subarray(13, 61), request, BUILD), time);
});

const refused: [string, (bytes: Uint8Array, view: DataView) => void, RegExp][] = [
  ['a reply in client mode', (b) => (b[0] = 0x23), /no answer to this/],
  ['a broadcast', (b) => (b[0] = 0x25), /no answer to this/],
  ['the answer to another question', (b) => (b[31] ^= 1), /no answer to this/],
  ['a server that is not synchronised', (b) => (b[0] = 0xe4), /no time itself/],
  ['a stratum that is reserved', (b) => (b[1] = 16), /no time itself/],
  ['a transmit timestamp of zero', (_, view) => view.setUint32(40, 0), /no time itself/],
  [
    'a time before the build',
    (_, view) => view.setUint32(40, BUILD / 1000 + 2_208_988_800 - 86_400),
    /before the build/,
  ],
  [
    'a time far behind it',
    (_, view) => view.setUint32(40, (BUILD / 1000 + 2_208_988_800 + 21 * 31_557_600) >>> 0),
    /20 years/,
  ],
];
for (const [what, change, message] of refused) {
  test(`the board refuses ${what}`, () => {
    const bytes = reply(Date.UTC(2026, 5, 1), change);
    assert.throws(
      () => parseSntpReply(bytes, request, BUILD),
      (error: unknown) => error instanceof SntpError && !error.kissOfDeath && message.test(error.message),
    );
  });
}

test('a reply that is too short is refused', () => {
  assert.throws(() => parseSntpReply(reply(BUILD).subarray(0, 47), request, BUILD), /no answer to this/);
});

test('a kiss of death is recognized with its code', () => {
  const bytes = reply(Date.UTC(2026, 5, 1), (b) => {
    b[1] = 0;
    b.set(Buffer.from('RATE'), 12);
  });
  assert.throws(
    () => parseSntpReply(bytes, request, BUILD),
    (error: unknown) => error instanceof SntpError && error.kissOfDeath && /RATE/.test(error.message),
  );
});
