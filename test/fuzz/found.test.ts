/** Cases that fuzzing found: error texts that repeated as much as a server sent, on a board with 184 KB of heap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boolean, explicit, integer, octetString, sequence, tagged } from '../../scripts/lib/der.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { Conversation } from '../support/tls/conversation.ts';
import { extension, vector } from '../support/tls/messages.ts';
import { MAX_TEXT } from './judge.ts';
import { chains } from './recordings.ts';

/** FUZZ_CASE 7218 of flights, 18869 and 22528 of certificates. */
test('a version that contains the rest of a certificate is refused with a short text', () => {
  const der = sequence(sequence(explicit(0, integer(2), Buffer.alloc(16000, 0x30))));
  assert.throws(() => parseCertificate(Uint8Array.from(der)), checkText(/unsupported, expected version 020102/));
});

test('an extension with an endless name is refused with a short text, critical or twice', () => {
  const { certificates } = chains.ecdsa;
  const { tbs } = parseCertificate(certificates[1]);
  const id = tagged(6, Buffer.alloc(9000, 0x55));
  const one = sequence(id, octetString(Buffer.of(5, 0)));
  for (const [list, text] of [
    [[sequence(id, boolean(true), octetString(Buffer.of(5, 0)))], /unsupported, extension 5555/],
    [[one, one], /extension 5555[5]* once/],
  ] as const) {
    // The elements of the real one but the last, which is its extensions.
    const start = Buffer.from(tbs).lastIndexOf(Buffer.of(0xa3));
    const header = tbs[1] === 0x82 ? 4 : tbs[1] === 0x81 ? 3 : 2;
    const changed = sequence(tbs.subarray(header, start), explicit(3, sequence(...list)));
    assert.throws(() => parseCertificate(Uint8Array.from(sequence(changed))), checkText(text));
  }
});

test('a ServerHello with a long renegotiation_info, or with many point formats, is refused', () => {
  const info = extension(0xff01, vector(1, Buffer.alloc(200, 0xaa)));
  const formats = extension(11, vector(1, Buffer.alloc(250, 1)));
  for (const [bad, alert] of [
    [info, 'handshake_failure'],
    [formats, 'illegal_parameter'],
  ] as const) {
    const { error } = new Conversation({ hello: { extensions: [bad] } });
    assert.equal(error.alert, alert);
    assert.ok(error.message.length < 100, error.message);
  }
});

test('an ALPN protocol whose name would clear the reader’s screen is refused', () => {
  const name = extension(16, vector(2, vector(1, Buffer.from('\x1b[2J\x07\xff'))));
  const { error } = new Conversation({ hello: { extensions: [name] } }, { alpn: 'mqtt' });
  assert.equal(error.message, 'ServerHello: expected mqtt, got ?[2J???');
});

function checkText(text: RegExp): (error: Error) => boolean {
  return (error) => {
    assert.equal(error.name, 'CertificateError');
    assert.match(error.message, text);
    assert.ok(error.message.length < MAX_TEXT, `${error.message.length} characters`);
    return true;
  };
}
