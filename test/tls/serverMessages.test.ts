/** Certificate, ServerKeyExchange and CertificateRequest. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { createPieceReader, type PieceReader } from '../../src/bytes/pieceReader.ts';
import { Reader } from '../../src/bytes/reader.ts';
import type { Steps } from '../../src/steps.ts';
import { parseCertificateList } from '../../src/tls/certificate.ts';
import { parseCertificateRequest } from '../../src/tls/certificateRequest.ts';
import { schemeAlgorithm } from '../../src/tls/signatureScheme.ts';
import { parseServerKeyExchange } from '../../src/tls/serverKeyExchange.ts';
import {
  certificate,
  certificateRequest,
  ecParameters,
  message,
  serverKeyExchange,
  u16,
  vector,
} from '../support/tls/messages.ts';
import { assertRefused } from '../support/tls/refusal.ts';

const body = (bytes: Uint8Array): Reader => new Reader(bytes, 'body', 4);

/** Gives a message's body to what reads it in pieces of `size`. */
function inPieces<T>(message: Uint8Array, size: number, read: (body: PieceReader) => Steps<T>): T {
  const body = createPieceReader(message.length - 4, 'body');
  const steps = read(body);
  for (let at = 4; ; at += size) {
    body.feed(message.subarray(at, at + size));
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return step.value;
      if (body.isStarved()) break;
    }
    assert.ok(at < message.length, 'what reads it waits for bytes that are in no message');
  }
}

/** Reads a certificate list. @param known a first certificate that may well come */
function certificatesOf(message: Uint8Array, size = 1460, known: Uint8Array | null = null): Uint8Array[] {
  const found: Uint8Array[] = [];
  inPieces(message, size, (body) =>
    parseCertificateList(body, function* (place) {
      found[place] = yield* body.rest(place === 0 ? known : null);
    }),
  );
  return found;
}

/** Parses all shorter and one longer message of `whole`. */
function assertExact(whole: Buffer, parse: (message: Uint8Array) => unknown): void {
  parse(whole);
  for (let length = 4; length < whole.length; length++) {
    assertRefused(() => parse(whole.subarray(0, length)), 'decode_error', /expected/);
  }
  assertRefused(() => parse(Buffer.concat([whole, Buffer.alloc(1)])), 'decode_error', /1 bytes too many/);
}

test('Certificate: the list is read in its order, in pieces of any size', () => {
  const list = [0x614, 0x46a, 0x492, 0x479].map((length, i) => new Uint8Array(length).fill(i + 1));
  const whole = certificate(list);
  for (const size of [1, 2, 3, 7, 500, 1460, whole.length]) {
    assert.deepEqual(certificatesOf(whole, size).map(toHex), list.map(toHex));
  }
});

test('Certificate: certificates that nobody reads are passed over', () => {
  const whole = certificate([1, 2, 3].map((i) => new Uint8Array(100 * i).fill(i)));
  const found: number[] = [];
  inPieces(whole, 64, (body) =>
    parseCertificateList(body, function* (place) {
      if (place === 1) found.push((yield* body.rest(null)).length);
    }),
  );
  assert.deepEqual(found, [200]);
});

test('Certificate: a known certificate is returned itself, and any other is put together beside it', () => {
  const known = Uint8Array.from({ length: 700 }, (_, i) => i * 7);
  const before = toHex(known);
  for (const size of [1, 3, 4, 5, 8, 9, 500, 710]) {
    assert.equal(certificatesOf(certificate([known.slice(), known]), size, known)[0], known, `in pieces of ${size}`);
    for (let at = 0; at < known.length; at += at < 20 || at > 680 ? 1 : 13) {
      const changed = known.slice();
      changed[at] ^= 0x80;
      const [other] = certificatesOf(certificate([changed, known]), size, known);
      assert.notEqual(other, known);
      assert.equal(toHex(other), toHex(changed), `byte ${at} in pieces of ${size}`);
    }
    for (const other of [known.subarray(1), Buffer.concat([known, known])]) {
      assert.equal(toHex(certificatesOf(certificate([other]), size, known)[0]), toHex(other));
    }
  }
  assert.equal(toHex(known), before, 'what is known stays as it is');
});

test('Certificate: nested lengths that do not fit exactly are refused', () => {
  assertExact(certificate([new Uint8Array(5), new Uint8Array(3)]), (whole) => certificatesOf(whole));
  const beyond = message(11, vector(3, vector(3, [1]), [0, 0, 2, 1]));
  assertRefused(() => certificatesOf(beyond), 'decode_error', /expected 2 bytes, 1 left/);
});

test('Certificate: an empty list, and an empty certificate in a list, are refused', () => {
  assertRefused(() => certificatesOf(certificate([])), 'decode_error', /certificate_list: expected 3 bytes, 0 left/);
  const empty = certificate([new Uint8Array(1), new Uint8Array(0)]);
  assertRefused(() => certificatesOf(empty), 'decode_error', /got an empty one/);
});

test('Certificate: more than 32 certificates are refused', () => {
  const list = Array.from({ length: 32 }, () => new Uint8Array(1));
  assert.equal(certificatesOf(certificate(list)).length, 32);
  const beyond = certificate([...list, new Uint8Array(1)]);
  assertRefused(() => certificatesOf(beyond), 'decode_error', /32 certificates at most/);
});

const point = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 0xab)]);
const keyExchange = (parameters: Uint8Array, scheme = 0x0401): Reader =>
  body(serverKeyExchange(parameters, scheme, new Uint8Array(256)));

test('ServerKeyExchange: the one that AWS sent is read', () => {
  const whole = serverKeyExchange(ecParameters(point), 0x0401, new Uint8Array(256).fill(5));
  // 4 of header, 69 of parameters, 2, 2 and a signature of 256; with the record's header, 338.
  assert.equal(5 + whole.length, 338);
  const parsed = parseServerKeyExchange(body(whole));
  assert.equal(toHex(parsed.point), toHex(point));
  assert.equal(toHex(parsed.params), toHex(ecParameters(point)));
  assert.equal(parsed.scheme, 0x0401);
  assert.equal(toHex(parsed.signature), '05'.repeat(256));
  assertExact(whole, (message) => parseServerKeyExchange(body(message)));
});

test('ServerKeyExchange: anything but a named curve, an offered group and scheme, and an uncompressed point is refused', () => {
  const refused = (reader: Reader, text: RegExp): void =>
    assertRefused(() => parseServerKeyExchange(reader), 'illegal_parameter', text);
  refused(keyExchange(ecParameters(point, 23, 1)), /named_curve, got curve type 1/);
  refused(keyExchange(ecParameters(point, 25)), /a group offered, got group 25/);
  refused(keyExchange(ecParameters(point, 24)), /04 and 96 bytes, got 04 of 65/);
  refused(keyExchange(ecParameters(point, 29)), /got group 29/);
  refused(keyExchange(ecParameters(Buffer.concat([Buffer.from([3]), point.subarray(1, 33)]))), /got 03 of 33/);
  refused(keyExchange(ecParameters(Buffer.concat([Buffer.from([6]), point.subarray(1)]))), /got 06 of 65/);
  refused(keyExchange(ecParameters(point.subarray(0, 64))), /got 04 of 64/);
  refused(keyExchange(ecParameters(Buffer.concat([point, Buffer.alloc(1)]))), /got 04 of 66/);
  refused(keyExchange(ecParameters(Buffer.alloc(0))), /of 0/);
  for (const scheme of [0x0201, 0x0203, 0x0804, 0x0602, 0x0402, 0x0807]) {
    refused(keyExchange(ecParameters(point), scheme), new RegExp(`offered, got ${scheme.toString(16)}`));
  }
});

test('signature schemes are split into hash and signature', () => {
  assert.deepEqual(schemeAlgorithm(0x0401), { type: 'rsa', hash: 'SHA-256' });
  assert.deepEqual(schemeAlgorithm(0x0501), { type: 'rsa', hash: 'SHA-384' });
  assert.deepEqual(schemeAlgorithm(0x0403), { type: 'ec', hash: 'SHA-256' });
  assert.deepEqual(schemeAlgorithm(0x0503), { type: 'ec', hash: 'SHA-384' });
  assert.deepEqual(schemeAlgorithm(0x0601), { type: 'rsa', hash: 'SHA-512' });
  assert.deepEqual(schemeAlgorithm(0x0603), { type: 'ec', hash: 'SHA-512' });
});

const request = { types: [1, 64], schemes: [0x0403, 0x0401], authorities: [new Uint8Array(90), new Uint8Array(70)] };

function takesBoth(message: Uint8Array, type: number, scheme: number, size = 1460): boolean {
  return inPieces(message, size, (body) => parseCertificateRequest(body, type, scheme));
}

test('CertificateRequest: the reader says whether the server takes both the certificate’s type and the scheme', () => {
  const whole = certificateRequest(request);
  const takes = (type: number, scheme: number): boolean => takesBoth(whole, type, scheme);
  assert.deepEqual([takes(64, 0x0403), takes(1, 0x0401), takes(1, 0x0403)], [true, true, true]);
  assert.deepEqual([takes(65, 0x0403), takes(64, 0x0503), takes(2, 0x0804)], [false, false, false]);
  for (const size of [1, 2, 3, 64]) assert.equal(takesBoth(whole, 64, 0x0403, size), true);
  assertExact(whole, (message) => takesBoth(message, 64, 0x0403));
  assertExact(certificateRequest({ ...request, authorities: [] }), (message) => takesBoth(message, 1, 0));
});

test('CertificateRequest: only the list of authorities may be empty', () => {
  const refused = (whole: Uint8Array, text: RegExp): void =>
    assertRefused(() => takesBoth(whole, 64, 0x0403), 'decode_error', text);
  refused(certificateRequest({ ...request, types: [] }), /certificate_types: expected 1 bytes, 0 left/);
  refused(certificateRequest({ ...request, schemes: [] }), /supported_signature_algorithms: expected 2 bytes, 0 left/);
  refused(certificateRequest({ ...request, authorities: [new Uint8Array(0)] }), /DistinguishedName: expected 1 bytes/);
  refused(message(13, vector(1, [1]), vector(2, [4, 3, 4]), u16(0)), /expected 2 bytes, 1 left/);
});
