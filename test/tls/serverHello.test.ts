import assert from 'node:assert/strict';
import test from 'node:test';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { type Offer, parseServerHello, type ServerHello } from '../../src/tls/serverHello.ts';
import {
  extension,
  messagesOf,
  recordsOf,
  serverHello,
  type ServerHelloFields,
  vector,
} from '../support/tls/messages.ts';
import { assertRefused } from '../support/tls/refusal.ts';

/** Of AWS IoT Core, to a ClientHello with SNI and without renegotiation_info and extended_master_secret. */
const AWS =
  '16030300500200004c03037d9523b132494472aff61a850fa8bace05b1aaef09022e8d1d238ee98d76311220523bc52007fb2886147b6428' +
  '9a4395872439b08ef7ab1dc6f39b66ee5b8f962ac02f00000400000000';

const offer: Offer = { serverName: true, alpn: 'mqtt' };
const RENEGOTIATION = extension(0xff01, [0]);
const fields: ServerHelloFields = {
  version: 0x0303,
  random: new Uint8Array(32).fill(7),
  sessionId: new Uint8Array(32).fill(9),
  suite: 0xc02b,
  compression: 0,
  extensions: [
    extension(0),
    extension(23),
    RENEGOTIATION,
    extension(11, [3, 0, 1, 2]),
    extension(16, vector(2, vector(1, Buffer.from('mqtt')))),
  ],
};

function parse(changes: Partial<ServerHelloFields>, offered: Offer = offer): ServerHello {
  return parseServerHello(new Reader(serverHello({ ...fields, ...changes }), 'body', 4), offered);
}

test('AWS IoT Core’s ServerHello is parsed exactly, and is the same when it is written again', () => {
  const [{ fragment }] = recordsOf(fromHex(AWS));
  const [{ type, body, bytes }] = messagesOf(fragment);
  assert.equal(type, 2);
  const hello = parseServerHello(new Reader(body, 'body'), { serverName: true, alpn: null });
  assert.equal(toHex(hello.random), '7d9523b132494472aff61a850fa8bace05b1aaef09022e8d1d238ee98d763112');
  assert.equal(toHex(hello.sessionId), '523bc52007fb2886147b64289a4395872439b08ef7ab1dc6f39b66ee5b8f962a');
  const { cipherSuite, extendedMasterSecret, secureRenegotiation, alpn } = hello;
  assert.deepEqual(
    { cipherSuite: cipherSuite.id, extendedMasterSecret, secureRenegotiation, alpn },
    { cipherSuite: 0xc02f, extendedMasterSecret: false, secureRenegotiation: false, alpn: null },
  );
  const { random, sessionId } = hello;
  const again = serverHello({
    version: 0x0303,
    random,
    sessionId,
    suite: 0xc02f,
    compression: 0,
    extensions: [extension(0)],
  });
  assert.equal(toHex(again), toHex(bytes));
});

test('every field that a server may send is read', () => {
  const hello = parse({});
  assert.equal(hello.cipherSuite.id, 0xc02b);
  assert.equal(hello.extendedMasterSecret, true);
  assert.equal(hello.secureRenegotiation, true);
  assert.equal(hello.alpn, 'mqtt');
  assert.equal(parse({ suite: 0xc02f }).cipherSuite.id, 0xc02f);
  assert.equal(parse({ sessionId: new Uint8Array(0) }).sessionId.length, 0);
});

test('extensions may be absent altogether (RFC 5246, section 7.4.1.3)', () => {
  assert.equal(parse({ extensions: null }).secureRenegotiation, false);
  assert.equal(parse({ extensions: [] }).extendedMasterSecret, false);
});

test('supported_groups, which some load balancers send, is ignored', () => {
  assert.equal(parse({ extensions: [extension(10, [0, 2, 0, 23])] }).alpn, null);
});

const refusals: [string, Partial<ServerHelloFields>, string, RegExp][] = [
  ['TLS 1.1', { version: 0x0302 }, 'protocol_version', /expected version 0303, got 0302/],
  ['a version above', { version: 0x0304 }, 'protocol_version', /got 0304/],
  ['a session id of 33 bytes', { sessionId: new Uint8Array(33) }, 'decode_error', /session_id.*got 33/],
  ['a suite that was not offered', { suite: 0xc030 }, 'illegal_parameter', /a suite offered, got c030/],
  ['the SCSV as suite', { suite: 0x00ff }, 'illegal_parameter', /got 00ff/],
  ['compression', { compression: 1 }, 'illegal_parameter', /compression null, got 1/],
  ['an extension unknown', { extensions: [extension(0x7f)] }, 'unsupported_extension', /got 127/],
  ['session_ticket, not offered', { extensions: [extension(35)] }, 'unsupported_extension', /got 35/],
  ['signature_algorithms, a client’s', { extensions: [extension(13)] }, 'unsupported_extension', /got 13/],
  ['an extension twice', { extensions: [extension(23), extension(23)] }, 'decode_error', /each extension once, got 23/],
  ['an unknown one twice', { extensions: [extension(10), extension(10)] }, 'decode_error', /got 10 again/],
  ['server_name with data', { extensions: [extension(0, [0])] }, 'decode_error', /1 bytes too many/],
  ['extended_master_secret with data', { extensions: [extension(23, [0])] }, 'decode_error', /1 bytes too many/],
  [
    'renegotiation_info of a renegotiation',
    { extensions: [extension(0xff01, [1, 7])] },
    'handshake_failure',
    /got 0107/,
  ],
  ['renegotiation_info with a tail', { extensions: [extension(0xff01, [0, 0])] }, 'handshake_failure', /got 0000/],
  ['renegotiation_info empty', { extensions: [extension(0xff01)] }, 'handshake_failure', /renegotiation_info 00/],
  ['no uncompressed points', { extensions: [extension(11, [1, 1])] }, 'illegal_parameter', /point format 0, got 01/],
  ['point formats with a tail', { extensions: [extension(11, [1, 0, 0])] }, 'decode_error', /1 bytes too many/],
  [
    'another protocol',
    { extensions: [extension(16, vector(2, vector(1, [104, 50])))] },
    'illegal_parameter',
    /mqtt, got h2/,
  ],
  [
    'two protocols',
    { extensions: [extension(16, vector(2, vector(1, Buffer.from('mqtt')), [1, 1]))] },
    'decode_error',
    /bytes too many/,
  ],
  ['no protocol', { extensions: [extension(16, [0, 0])] }, 'decode_error', /expected 1 bytes/],
];

for (const [what, changes, alert, text] of refusals) {
  test(`a ServerHello is refused: ${what}`, () => assertRefused(() => parse(changes), alert, text));
}

test('answers to extensions that were not offered are refused', () => {
  const alpn = fields.extensions?.slice(4) as Uint8Array[];
  assertRefused(() => parse({ extensions: alpn }, { ...offer, alpn: null }), 'unsupported_extension', /got 16/);
  const name = { extensions: [extension(0)] };
  assertRefused(() => parse(name, { ...offer, serverName: false }), 'unsupported_extension', /got 0/);
});

test('every shorter and every longer message is refused', () => {
  const whole = serverHello(fields);
  for (let length = 4; length < whole.length; length++) {
    // Without the extensions, and their length, it is a right one.
    if (length === 4 + 2 + 32 + 33 + 2 + 1) continue;
    assertRefused(() => parseServerHello(new Reader(whole, 'body', 4, length), offer), 'decode_error', /expected/);
  }
  const longer = new Reader(Buffer.concat([whole, Buffer.alloc(1)]), 'body', 4);
  assertRefused(() => parseServerHello(longer, offer), 'decode_error', /body: 1 bytes too many/);
});

test('every byte is annotated, in order', () => {
  const reader = new Reader(serverHello(fields), 'body', 4);
  const annotations: Annotation[] = (reader.annotations = []);
  parseServerHello(reader, offer);
  let at = 4;
  for (const { start, end, name } of annotations) {
    assert.equal(start, at, name);
    at = end;
  }
  assert.equal(at, reader.limit);
  assert.deepEqual(annotations[2], { start: 38, end: 39, name: 'session_id', depth: 0, isLength: true });
});
