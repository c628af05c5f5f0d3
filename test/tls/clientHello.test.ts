import assert from 'node:assert/strict';
import test from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Writer } from '../../src/bytes/writer.ts';
import { type ClientHello, serverNameOf, writeClientHello } from '../../src/tls/clientHello.ts';
import { handshakeMessage } from '../../src/tls/handshake.ts';
import { messagesOf, parseClientHello, recordsOf } from '../support/tls/messages.ts';

const random = Uint8Array.from({ length: 32 }, (_, i) => i);
const plain: ClientHello = { random, sessionId: new Uint8Array(0), serverName: 'a.example', alpn: null };

function body(fields: Partial<ClientHello> = {}): Uint8Array {
  const writer = new Writer();
  writeClientHello(writer, { ...plain, ...fields });
  return writer.finish();
}

test('the ClientHello is, byte by byte, what RFC 5246, 5746, 6066, 7627 and 8422 say', () => {
  const expected = [
    '0303', // client_version
    toHex(random),
    '00', // session_id
    '0006c02fc02b00ff', // two suites and the SCSV
    '0100', // compression null
    '0038', // extensions
    '0000000e000c000009612e6578616d706c65', // server_name
    '00170000', // extended_master_secret
    '000a0006000400170018', // supported_groups: secp256r1, secp384r1
    '000b00020100', // ec_point_formats: uncompressed
    '000d000e000c040104030501050306010603', // signature_algorithms
  ].join('');
  assert.equal(toHex(body()), expected);
});

test('another parser understands the ClientHello', () => {
  const hello = parseClientHello(body({ sessionId: random.subarray(0, 20), alpn: 'x-amzn-mqtt-ca' }));
  assert.equal(hello.version, 0x0303);
  assert.deepEqual([...hello.random], [...random]);
  assert.deepEqual([...hello.sessionId], [...random.subarray(0, 20)]);
  assert.deepEqual(hello.suites, [0xc02f, 0xc02b, 0x00ff]);
  assert.deepEqual(hello.compressions, [0]);
  assert.deepEqual([...hello.extensions.keys()], [0, 23, 10, 11, 13, 16]);
  assert.equal(hello.extensions.get(16)?.toString('latin1'), '\0\x0f\x0ex-amzn-mqtt-ca');
});

test('the ClientHello asks for a protocol, and names a session, only when there is one', () => {
  assert.equal(parseClientHello(body()).extensions.has(16), false);
  assert.equal(parseClientHello(body()).sessionId.length, 0);
});

test('the ClientHello never has renegotiation_info beside the SCSV (RFC 5746, section 3.4)', () => {
  assert.equal(parseClientHello(body()).extensions.has(0xff01), false);
});

test('the ClientHello has no server_name for an IP address, and no dot at its end (RFC 6066, section 3)', () => {
  assert.equal(serverNameOf('192.0.2.1'), null);
  assert.equal(serverNameOf('2001:db8::1'), null);
  assert.equal(serverNameOf('a1.example'), 'a1.example');
  assert.equal(serverNameOf('a.example.'), 'a.example');
  assert.deepEqual([...parseClientHello(body({ serverName: null })).extensions.keys()], [23, 10, 11, 13]);
});

test('the ClientHello does not make the three mistakes of the one that AWS left without an answer', () => {
  // No length before the suites, none before session id and compression methods, no SNI.
  const dumb = fromHex('160303002901000025030363d6c50a8cd1376d2eddd86a5d38eab2620e9c73ea718e4782729525ada0ddf7c02f00');
  const parse = (record: Uint8Array): unknown => parseClientHello(messagesOf(recordsOf(record)[0].fragment)[0].body);
  assert.throws(() => parse(dumb));
  const message = handshakeMessage(1, undefined, (writer) => writeClientHello(writer, plain));
  assert.equal(toHex(message.subarray(0, 4)), '01000067');
  assert.ok(parseClientHello(messagesOf(message)[0].body).extensions.has(0));
});
