/** Certificate, ClientKeyExchange, CertificateVerify and Finished as the client writes them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { Reader } from '../../src/bytes/reader.ts';
import { Writer } from '../../src/bytes/writer.ts';
import { writeCertificateList } from '../../src/tls/certificate.ts';
import { writeCertificateVerify } from '../../src/tls/certificateVerify.ts';
import { writeClientHello } from '../../src/tls/clientHello.ts';
import { writeClientKeyExchange } from '../../src/tls/clientKeyExchange.ts';
import { parseFinished, writeFinished } from '../../src/tls/finished.ts';
import { parseCertificate, parseCertificateVerify, parseClientKeyExchange } from '../support/tls/messages.ts';

function written(write: (writer: Writer) => void, annotations: Annotation[] | null = null): Uint8Array {
  const writer = new Writer();
  writer.annotations = annotations;
  write(writer);
  return writer.finish();
}

const point = new Uint8Array(65).fill(4);
const verifyData = Uint8Array.from({ length: 12 }, (_, i) => i);

test('Certificate is written with and without certificates (RFC 5246, section 7.4.6)', () => {
  assert.equal(toHex(written((w) => writeCertificateList(w, []))), '000000');
  const list = [new Uint8Array(300).fill(1), new Uint8Array(2).fill(2)];
  assert.deepEqual(parseCertificate(written((w) => writeCertificateList(w, list))).map(toHex), list.map(toHex));
});

test('ClientKeyExchange has the point after one byte of length', () => {
  assert.equal(toHex(written((w) => writeClientKeyExchange(w, point))), `41${'04'.repeat(65)}`);
  assert.equal(toHex(parseClientKeyExchange(written((w) => writeClientKeyExchange(w, point)))), toHex(point));
});

test('CertificateVerify has the scheme, then the signature after its length', () => {
  const bytes = written((w) => writeCertificateVerify(w, 0x0403, new Uint8Array(71).fill(6)));
  assert.equal(toHex(bytes.subarray(0, 5)), '0403004706');
  assert.deepEqual(parseCertificateVerify(bytes), { scheme: 0x0403, signature: Buffer.alloc(71, 6) });
});

test('Finished has twelve bytes when it is sent, and is compared whole when it is received, whatever its length', () => {
  const bytes = written((w) => writeFinished(w, verifyData));
  assert.equal(toHex(bytes), toHex(verifyData));
  assert.equal(toHex(parseFinished(new Reader(bytes, 'body'))), toHex(verifyData));
  assert.equal(parseFinished(new Reader(new Uint8Array(13), 'body')).length, 13);
});

test('every byte that is written is annotated, in order', () => {
  const hello = { random: new Uint8Array(32), sessionId: new Uint8Array(3), serverName: 'a', alpn: 'b' };
  const writes: ((writer: Writer) => void)[] = [
    (w) => writeClientHello(w, hello),
    (w) => writeCertificateList(w, [point]),
    (w) => writeClientKeyExchange(w, point),
    (w) => writeCertificateVerify(w, 0x0403, point),
    (w) => writeFinished(w, verifyData),
  ];
  for (const write of writes) {
    const annotations: Annotation[] = [];
    const { length } = written(write, annotations);
    let at = 0;
    for (const { start, end, name } of annotations) {
      assert.equal(start, at, name);
      assert.ok(end > start, name);
      at = end;
    }
    assert.equal(at, length);
  }
});
