/**
 * Everything that a server must not do in the handshake, step by step, with the alert that it gets and the error that the client
 * reports.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import test from 'node:test';
import type { TlsClientOptions } from '../../src/tls/client.ts';
import { Conversation, leafOf, serverChain } from '../support/tls/conversation.ts';
import {
  certificateRequest,
  ecParameters,
  extension,
  message,
  serverKeyExchange,
  u16,
  vector,
} from '../support/tls/messages.ts';
import type { OutgoingRecord, ServerOptions } from '../support/tls/server.ts';

const DAY = 86_400_000;

interface Refusal {
  server?: Partial<ServerOptions>;
  client?: Partial<TlsClientOptions>;
}

/** `[alert, its number, what the error's text matches, the server's fault or the client's wish]` */
const refusals: Record<string, [string, number, RegExp, Refusal]> = {};

function refuse(alert: string, number: number, what: string, text: RegExp, refusal: Refusal): void {
  refusals[what] = [alert, number, text, refusal];
}

const unexpected = refuse.bind(null, 'unexpected_message', 10);
const decode = refuse.bind(null, 'decode_error', 50);
const illegal = refuse.bind(null, 'illegal_parameter', 47);
const badCertificate = refuse.bind(null, 'bad_certificate', 42);

/** A server that sends something else for one of its messages. */
function instead(name: string, replacement: (bytes: Buffer) => Uint8Array): Refusal {
  return { server: { request: {}, edit: (current, bytes) => (current === name ? replacement(bytes) : bytes) } };
}

const without = (name: string): Refusal => instead(name, () => Buffer.alloc(0));
const twice = (name: string): Refusal => instead(name, (bytes) => Buffer.concat([bytes, bytes]));
/** One byte more in the body, the length made to fit. */
const longer = (name: string): Refusal => instead(name, (bytes) => message(bytes[0], bytes.subarray(4), [0]));

/** A server that sends other records for some. */
function records(edit: (record: OutgoingRecord) => OutgoingRecord[], options: Partial<ServerOptions> = {}): Refusal {
  return { server: { ...options, editRecord: edit } };
}

/** Records before the first one. */
function before(...extra: { type: number; content: Uint8Array }[]): Refusal {
  let isFirst = true;
  return records((record) => {
    const more = isFirst ? extra.map((one) => ({ ...record, ...one, content: Buffer.from(one.content) })) : [];
    isFirst = false;
    return [...more, record];
  });
}

function changed(bytes: Uint8Array, offset: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[offset < 0 ? copy.length + offset : offset] ^= 1;
  return copy;
}

function extensions(...list: Uint8Array[]): Refusal {
  return { server: { hello: { extensions: list } } };
}
const RENEGOTIATION = extension(0xff01, [0]);
const PROTOCOL_A = extension(16, vector(2, vector(1, [0x61])));

// ServerHello. Wrong values of its fields are tested with the message.
refuse('protocol_version', 70, 'TLS 1.1', /^ServerHello: expected version 0303, got 0302$/, {
  server: { hello: { version: 0x0302 } },
});
illegal('a suite that was not offered', /^ServerHello: expected a suite offered, got 009c$/, {
  server: { hello: { suite: 0x009c } },
});
refuse('unsupported_extension', 110, 'an extension that was not offered', /^ServerHello: .*got 35$/, {
  ...extensions(RENEGOTIATION, extension(35)),
});
refuse('unsupported_extension', 110, 'ALPN that was not asked for', /got 16$/, extensions(RENEGOTIATION, PROTOCOL_A));
illegal('another protocol than asked for', /expected b, got a$/, {
  ...extensions(RENEGOTIATION, PROTOCOL_A),
  client: { alpn: 'b' },
});
refuse('unsupported_extension', 110, 'server_name to an address', /^ServerHello: .*got 0$/, {
  ...extensions(RENEGOTIATION, extension(0)),
  client: { host: '192.0.2.1' },
});
refuse('handshake_failure', 40, 'no renegotiation_info', /^ServerHello: expected renegotiation_info, got none$/, {
  ...extensions(extension(23)),
});
decode(
  'ServerHello with a byte more',
  /^ServerHello: expected exact lengths, got body: 1 bytes/,
  longer('ServerHello'),
);
unexpected('no ServerHello', /^handshake: expected ServerHello, got Certificate$/, without('ServerHello'));
unexpected('two of it', /expected Certificate, got ServerHello$/, twice('ServerHello'));

// Certificate. Invalid chains are tested with src/x509.
unexpected('no Certificate', /expected Certificate, got ServerKeyExchange$/, without('Certificate'));
unexpected('two Certificates', /expected ServerKeyExchange, got Certificate$/, twice('Certificate'));
decode('an empty certificate list', /^Certificate: .*expected 3 bytes, 0 left$/, { server: { chain: [] } });
decode('Certificate with a byte more', /^Certificate: .*1 bytes too many/, longer('Certificate'));
decode('a certificate that is none', /^Certificate: expected a trusted chain, got leaf: malformed, /, {
  server: { chain: [new Uint8Array(100)] },
});
badCertificate('a changed byte in a signature', /^Certificate: .*leaf: /, {
  server: { chain: [changed(serverChain.certificates[0], -1), ...serverChain.certificates.slice(1)] },
});
badCertificate('somebody else’s certificate', /^Certificate: .*other\.example, got broker\.example/, {
  client: { host: 'other.example' },
});
refuse('unknown_ca', 48, 'an unknown issuer', /^Certificate: expected a trusted chain, got /, {
  client: { anchors: [] },
});
refuse('certificate_expired', 45, 'an expired certificate', /^Certificate: .*leaf: expired, until /, {
  client: { time: () => Date.now() + 366 * DAY },
});
refuse('certificate_expired', 45, 'a certificate of the future', /^Certificate: .*leaf: not_yet_valid, from /, {
  client: { time: () => Date.now() - 2 * DAY },
});
refuse('unsupported_certificate', 43, 'ECDSA for the RSA suite', /^Certificate: expected a key for RSA, got P-256$/, {
  server: { suite: 0xc02f },
});
decode('an endless list', /^Certificate: expected 20480 bytes at most, got 16777215$/, {
  ...instead('Certificate', (bytes) => Buffer.concat([Buffer.from([11, 0xff, 0xff, 0xff]), bytes.subarray(4)])),
});

// ServerKeyExchange. 8 bytes before the point, then 65 of it, the scheme, and the signature.
unexpected('no ServerKeyExchange', /expected ServerKeyExchange, got CertificateRequest$/, without('ServerKeyExchange'));
decode('ServerKeyExchange with a byte more', /^ServerKeyExchange: .*1 bytes too many/, longer('ServerKeyExchange'));
const scheme = (value: number): Refusal =>
  instead('ServerKeyExchange', (bytes) => Buffer.concat([bytes.subarray(0, 73), u16(value), bytes.subarray(75)]));
illegal('an RSA scheme for an EC key', /^ServerKeyExchange: expected a scheme for ec, got 401$/, scheme(0x0401));
illegal('ECDSA with SHA-1', /^ServerKeyExchange: expected a signature scheme offered, got 203$/, scheme(0x0203));
refuse('decrypt_error', 51, 'the other hash', /^ServerKeyExchange: .*signature, got another$/, scheme(0x0503));
for (const offset of [-1, -30, 40]) {
  refuse(
    'decrypt_error',
    51,
    `byte ${offset} of it changed`,
    /^ServerKeyExchange: .*the server's signature, got another$/,
    {
      ...instead('ServerKeyExchange', (bytes) => changed(bytes, offset)),
    },
  );
}
illegal('another curve', /^ServerKeyExchange: expected a group offered, got group 25$/, {
  ...instead('ServerKeyExchange', () =>
    serverKeyExchange(ecParameters(Buffer.alloc(133, 4), 25), 0x0403, Buffer.alloc(70)),
  ),
});
illegal('a point that is not on the curve', /^ServerKeyExchange: expected a point on P-256, got /, {
  server: { point: Buffer.concat([Buffer.from([4]), Buffer.alloc(63), Buffer.from([1])]) },
});
illegal('a compressed point', /^ServerKeyExchange: expected 04 and 64 bytes, got 02 of 33$/, {
  server: { point: Buffer.alloc(33, 2) },
});
illegal('a point that is not on P-384', /^ServerKeyExchange: expected a point on P-384, got /, {
  server: { group: 24, point: Buffer.concat([Buffer.from([4]), Buffer.alloc(95), Buffer.from([1])]) },
});
illegal('a point of another group', /^ServerKeyExchange: expected 04 and 96 bytes, got 04 of 65$/, {
  server: { group: 24, point: Buffer.alloc(65, 4) },
});

// CertificateRequest, ServerHelloDone
decode('CertificateRequest with a byte more', /^CertificateRequest: .*1 bytes too many/, longer('CertificateRequest'));
decode('CertificateRequest without schemes', /^CertificateRequest: .*expected 2 bytes, 0 left$/, {
  ...instead('CertificateRequest', () => certificateRequest({ types: [64], schemes: [], authorities: [] })),
});
unexpected('two CertificateRequests', /expected ServerHelloDone, got CertificateRequest$/, twice('CertificateRequest'));
decode('ServerHelloDone with a body', /^ServerHelloDone: .*1 bytes too many/, longer('ServerHelloDone'));
decode('the same without a request', /^ServerHelloDone: .*1 bytes too many/, {
  server: { ...longer('ServerHelloDone').server, request: undefined as never },
});
unexpected('Finished in place of it', /expected ServerHelloDone, got Finished$/, {
  ...instead('ServerHelloDone', () => message(20, new Uint8Array(12))),
});
unexpected('a message behind ServerHelloDone', /expected the end of the record/, {
  ...instead('ServerHelloDone', (bytes) => Buffer.concat([bytes, message(4, [0])])),
});
unexpected('2 KB behind the flight, in a record of their own', /expected the end of the flight, got more behind it$/, {
  ...records((record) =>
    record.type === 22 && record.content[0] === 2
      ? [record, { ...record, content: message(22, new Uint8Array(2048)) }]
      : [record],
  ),
});
unexpected('a part of one behind ServerHelloDone', /expected the end of the record/, {
  ...instead('ServerHelloDone', (bytes) => Buffer.concat([bytes, Buffer.from([20])])),
});

// Messages that have no place
unexpected('HelloRequest in the handshake', /expected Certificate, got HelloRequest$/, {
  ...instead('Certificate', (bytes) => Buffer.concat([Buffer.alloc(4), bytes])),
});
unexpected('a message nobody knows', /expected ServerKeyExchange, got handshake type 77$/, {
  ...instead('ServerKeyExchange', () => message(77)),
});
unexpected('CertificateStatus, not asked for', /expected ServerKeyExchange, got handshake type 22$/, {
  ...instead('ServerKeyExchange', (bytes) => Buffer.concat([message(22, [1, 0, 0, 1, 0]), bytes])),
});
unexpected('a ticket, not asked for', /^handshake: expected ChangeCipherSpec, got NewSessionTicket$/, {
  ...records((record) => [
    ...(record.type === 20 ? [{ ...record, type: 22, content: message(4, u16(0, 0, 0)) }] : []),
    record,
  ]),
});

// ChangeCipherSpec and Finished
unexpected('no ChangeCipherSpec', /^handshake: expected ChangeCipherSpec, got /, without('ChangeCipherSpec'));
illegal('ChangeCipherSpec of two bytes', /^ChangeCipherSpec: expected one byte 01, got 0101$/, {
  ...instead('ChangeCipherSpec', () => Buffer.from([1, 1])),
});
illegal('ChangeCipherSpec 02', /^ChangeCipherSpec: expected one byte 01, got 02$/, {
  ...instead('ChangeCipherSpec', () => Buffer.from([2])),
});
illegal('an empty ChangeCipherSpec', /^ChangeCipherSpec: expected one byte 01, got $/, {
  ...records((record) => [record.type === 20 ? { ...record, content: Buffer.alloc(0) } : record]),
});
unexpected('ChangeCipherSpec twice', /^handshake: expected Finished, got ChangeCipherSpec$/, {
  ...records((record) =>
    record.type === 22 && record.content[0] === 20 ? [{ ...record, type: 20, content: Buffer.from([1]) }] : [record],
  ),
});
unexpected(
  'handshake bytes cut by ChangeCipherSpec',
  /expected ChangeCipherSpec, got Finished$|the rest of a message/,
  {
    ...records((record) => [
      ...(record.type === 20 ? [{ ...record, type: 22, content: Buffer.from([20, 0]) }] : []),
      record,
    ]),
  },
);
refuse('decrypt_error', 51, 'a changed Finished', /^Finished: expected the right verify_data, got another$/, {
  ...instead('Finished', (bytes) => changed(bytes, -1)),
});
refuse('decrypt_error', 51, 'Finished changed at its front', /^Finished: /, {
  ...instead('Finished', (bytes) => changed(bytes, 4)),
});
for (const [what, edit] of [
  ['an empty Finished', () => message(20)],
  ['a Finished of 11 bytes', (bytes: Buffer) => message(20, bytes.subarray(4, 15))],
  ['a Finished of 13 bytes', (bytes: Buffer) => message(20, bytes.subarray(4), [0])],
] as const) {
  refuse('decrypt_error', 51, what, /^Finished: expected the right verify_data, got another$/, {
    ...instead('Finished', edit),
  });
}
unexpected('a byte behind Finished in its record', /expected the end of the record/, {
  ...instead('Finished', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
});
unexpected('HelloRequest in the record of Finished', /expected the end of the record/, {
  ...instead('Finished', (bytes) => Buffer.concat([bytes, Buffer.alloc(4)])),
});
for (const early of ['early', '']) {
  unexpected(`"${early}" before Finished`, /^handshake: expected Finished, got application_data$/, {
    ...records((record) =>
      record.content[0] === 20 ? [{ ...record, type: 23, content: Buffer.from(early) }, record] : [record],
    ),
  });
  unexpected(`"${early}" before ServerHello`, /^handshake: expected ServerHello, got application_data$/, {
    ...before({ type: 23, content: Buffer.from(early) }),
  });
}

// Records
unexpected('an unknown record type', /^record: expected type 20 to 23, got 180303/, {
  ...records((record) => [{ ...record, type: 24 }]),
});
unexpected(
  'HTTP',
  /^record: expected type 20 to 23, got 48/,
  records((record) => [{ ...record, type: 0x48 }]),
);
refuse('protocol_version', 70, 'another major version', /^record: expected version 0303, got 160203/, {
  ...records((record) => [{ ...record, version: 0x0203 }]),
});
refuse('protocol_version', 70, 'a record of TLS 1.1 in TLS 1.2', /^record: expected version 0303, got 160302/, {
  ...records((record) => [{ ...record, version: record.content[0] === 2 ? 0x0301 : 0x0302 }], { separate: true }),
});
unexpected('ChangeCipherSpec at once', /^handshake: expected ServerHello, got ChangeCipherSpec$/, {
  ...before({ type: 20, content: Buffer.from([1]) }),
});
unexpected('ChangeCipherSpec before there are keys', /^handshake: expected ServerKeyExchange, got ChangeCipherSpec$/, {
  ...records((record) => [record.content[0] === 12 ? { ...record, type: 20, content: Buffer.from([1]) } : record], {
    separate: true,
  }),
});
unexpected('data between the parts of a message', /^handshake: expected the rest of a message, got application_data$/, {
  ...records(
    (record) => [record, ...(record.content[0] === 2 ? [{ ...record, type: 23, content: Buffer.from('x') }] : [])],
    { fragment: 100 },
  ),
});
decode('an alert of one byte', /^Alert: expected 2 bytes, got 1$/, before({ type: 21, content: Buffer.from([1]) }));
decode('two alerts in one record', /^Alert: expected 2 bytes, got 4$/, {
  ...before({ type: 21, content: Buffer.from([1, 90, 1, 90]) }),
});
illegal('an alert without a level', /^Alert: expected level 1 or 2, got 3$/, {
  ...before({ type: 21, content: Buffer.from([3, 90]) }),
});
unexpected('warnings without end', /^Alert: expected 4 in a row at most, got user_canceled$/, {
  ...before(...Array.from({ length: 5 }, () => ({ type: 21, content: Buffer.from([1, 90]) }))),
});
unexpected('empty records without end', /^record: expected 32 empty records at most, got one more$/, {
  ...before(...Array.from({ length: 33 }, () => ({ type: 22, content: Buffer.alloc(0) }))),
});

for (const [what, [alert, number, text, { server, client }]] of Object.entries(refusals)) {
  test(`refuses ${what}`, () => {
    const conversation = new Conversation(server, client).assertRefused(alert, number, text);
    assert.deepEqual(conversation.types, ['failed']);
    // Nothing that comes later matters.
    conversation.server.output.push(Buffer.from([21, 3, 3, 0, 2, 2, 40]));
    conversation.client.send(Buffer.from('late'));
    conversation.client.close();
    conversation.client.transportClosed();
    conversation.run();
    assert.deepEqual(conversation.types, ['failed']);
    assert.equal(conversation.client.work(), false);
  });
}

test('a record longer than 2^14 is refused by its header', () => {
  const silent = new Conversation({ editRecord: () => [] });
  silent.server.output.push(Buffer.from([22, 3, 3, 0x40, 1]));
  silent.run().assertRefused('record_overflow', 22, /^record: expected 16384 bytes, got 16385$/);
  const just = new Conversation({ editRecord: () => [] });
  just.server.output.push(Buffer.from([22, 3, 3, 0x40, 0]));
  assert.deepEqual(just.run().types, []);
});

test('the leaf’s key must fit the suite, and lie on a curve that was offered (RFC 8422, section 5.3)', () => {
  const attempt = (key: KeyObject, suite: number, text: RegExp): void => {
    const leaf = leafOf(key);
    const refused = new Conversation({ ...leaf, suite }, { anchors: leaf.anchors });
    refused.assertRefused('unsupported_certificate', 43, text);
  };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  attempt(rsa, 0xc02b, /^Certificate: expected a key for P-256 or P-384, got RSA$/);
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  attempt(p384, 0xc02f, /^Certificate: expected a key for RSA, got P-384$/);
  const leaf = leafOf(rsa);
  new Conversation(leaf, { anchors: leaf.anchors }).assertConnected();
  new Conversation({ ...leaf, scheme: 0x0501 }, { anchors: leaf.anchors }).assertConnected();
  const onP384 = leafOf(p384);
  new Conversation(onP384, { anchors: onP384.anchors }).assertConnected();
});

test('a fatal alert in the handshake is reported, and not answered', () => {
  const { error, server, types } = new Conversation(before({ type: 21, content: Buffer.from([2, 40]) }).server);
  assert.deepEqual(types, ['failed']);
  assert.deepEqual([error.alert, error.origin], ['handshake_failure', 'peer']);
  assert.equal(error.message, 'server: expected ServerHello, got alert handshake_failure');
  assert.deepEqual(server.log, ['ClientHello']);
});

test('an alert of a server that speaks an older version is understood (RFC 5246, appendix E.1)', () => {
  const conversation = new Conversation({ editRecord: () => [] });
  conversation.server.output.push(Buffer.from([21, 3, 1, 0, 2, 2, 70]));
  assert.equal(conversation.run().error.alert, 'protocol_version');
});

test('a long plaintext record that is no handshake is refused by its header, before memory is spent on it', () => {
  for (const type of [20, 21, 23]) {
    const conversation = new Conversation({ editRecord: () => [] });
    conversation.server.output.push(Buffer.from([type, 3, 3, 0x40, 0]));
    conversation.run().assertRefused('unexpected_message', 10, /^record: expected handshake, got 1[457]03034000$/);
  }
});

test('close_notify in the handshake fails the connection', () => {
  const { error, server } = new Conversation(before({ type: 21, content: Buffer.from([1, 0]) }).server);
  assert.deepEqual([error.alert, error.origin], ['close_notify', 'peer']);
  // Section 7.2.1: "The other party MUST respond with a close_notify alert of its own".
  assert.deepEqual(server.log, ['ClientHello', 'alert 1 0']);
});

test('an end of the transport in the handshake is reported', () => {
  const conversation = new Conversation({ editRecord: () => [] });
  conversation.client.transportClosed();
  const { error, server } = conversation.run();
  assert.deepEqual([error.alert, error.origin], [null, 'transport']);
  assert.equal(error.message, 'connection: expected ServerHello, got its end');
  assert.deepEqual(server.log, ['ClientHello']);
});
