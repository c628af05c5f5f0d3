import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from '../../../src/bytes/errors.ts';
import { Reader } from '../../../src/bytes/reader.ts';
import { certificateList, certificatesOf } from '../../../scripts/lib/certificateList.ts';

/** A Certificate message with two certificates, of 2 bytes and 3. */
const MESSAGE = Uint8Array.of(11, 0, 0, 14, 0, 0, 11, 0, 0, 2, 1, 2, 0, 0, 3, 3, 4, 5);
const CERTIFICATES = [Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5)];

function whole(message: Uint8Array): Uint8Array[] {
  return certificateList(new Reader(message, 'Certificate', 4));
}

test('the certificates of a message are listed, and a message that is cut or too long is refused', () => {
  assert.deepEqual(whole(MESSAGE), CERTIFICATES);
  assert.deepEqual(whole(Uint8Array.of(11, 0, 0, 3, 0, 0, 0)), []);
  for (const bytes of [MESSAGE.subarray(0, -1), Uint8Array.of(...MESSAGE, 0), MESSAGE.subarray(0, 5)]) {
    assert.throws(() => whole(bytes), DecodeError);
  }
});

test('of a message that is cut anywhere the certificates are listed that have come whole', () => {
  for (let length = 0; length <= MESSAGE.length; length++) {
    const count = length < 12 ? 0 : length < MESSAGE.length ? 1 : 2;
    assert.deepEqual(certificatesOf(MESSAGE.subarray(0, length)), CERTIFICATES.slice(0, count), `${length} B`);
  }
});
