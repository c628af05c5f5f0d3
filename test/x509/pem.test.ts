import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { decodePem, PemError } from '../../src/x509/pem.ts';
import { SeededRandom } from '../support/random.ts';

function pem(label: string, der: Uint8Array, lineLength = 64): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function refuses(text: string, message: RegExp, label?: string): void {
  assert.throws(
    () => decodePem(text, label),
    (error) => error instanceof PemError && message.test(error.message),
    text,
  );
}

test('blocks of every length are decoded as they were encoded', () => {
  const random = new SeededRandom(7);
  for (let length = 1; length < 200; length++) {
    const der = random.bytes(length);
    const [block, ...others] = decodePem(pem('CERTIFICATE', der, 1 + random.below(76)));
    assert.equal(toHex(block.der), toHex(der));
    assert.equal(block.label, 'CERTIFICATE');
    assert.equal(others.length, 0);
  }
});

test('text around blocks, CRLF, a byte order mark and blanks at line ends do no harm', () => {
  const one = pem('CERTIFICATE', Uint8Array.of(1, 2, 3));
  const text = `\uFEFFsubject=CN = x\n${one}\nissuer\n${pem('EC PARAMETERS', Uint8Array.of(4))}${one}`;
  assert.deepEqual(
    decodePem(text).map(({ label, der }) => `${label} ${toHex(der)}`),
    ['CERTIFICATE 010203', 'EC PARAMETERS 04', 'CERTIFICATE 010203'],
  );
  assert.equal(decodePem(text, 'CERTIFICATE').length, 2);
  assert.equal(decodePem(text.replaceAll('\n', '\r\n')).length, 3);
  assert.equal(decodePem(text.replaceAll('\n', ' \t\n')).length, 3);
});

test('an error says what the text is instead', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  refuses(pem('CERTIFICATE REQUEST', bytes), /^found a certificate request/, 'CERTIFICATE');
  refuses(pem('ENCRYPTED PRIVATE KEY', bytes), /^found an encrypted private key$/, 'PRIVATE KEY');
  refuses(pem('PRIVATE KEY', bytes), /^found a private key$/, 'CERTIFICATE');
  refuses(pem('X509 CRL', bytes) + pem('PKCS7', bytes), /^found X509 CRL, PKCS7$/, 'CERTIFICATE');
  refuses('', /^found an empty file$/);
  refuses(' \r\n', /^found an empty file$/);
  refuses('0\x82\x03\x41\x30\x82', /^found DER/);
  refuses(new TextDecoder().decode(Uint8Array.of(0x30, 0x82, 3, 0x41)), /^found DER/);
  refuses('hello', /^found no line that begins with -----BEGIN$/);
});

test('keys under the legacy encryption are said to be encrypted', () => {
  const text = pem('EC PRIVATE KEY', new Uint8Array(48)).replace(
    '\n',
    '\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n',
  );
  refuses(text, /^found an encrypted private key$/);
});

test('a block that is cut off or ends as another is refused', () => {
  const one = pem('CERTIFICATE', new Uint8Array(100));
  refuses(one.split('\n').slice(0, 3).join('\n'), /^found -----BEGIN CERTIFICATE----- in line 1 without its END$/);
  refuses(one.replace('END CERTIFICATE', 'END X509 CRL'), /in line 5, expected -----END CERTIFICATE-----$/);
  refuses(
    `${one.split('\n').slice(0, 3).join('\n')}\n${one}`,
    /^found -----BEGIN CERTIFICATE----- in line 4, expected/,
  );
});

test('invalid and incomplete base64 is refused', () => {
  const block = (body: string): string => `-----BEGIN A-----\n${body}\n-----END A-----\n`;
  assert.equal(toHex(decodePem(block('AQID'))[0].der), '010203');
  for (const bad of ['AQI-', 'AQI_', 'AQ ID', 'AQID!', 'AQ.=', '\u00e4QID'])
    refuses(block(bad), /^found line 2 not to be base64$/);
  refuses(block('AQID\n====='), /cut off/);
  for (const bad of ['', 'A', 'AQ', 'AQI', 'AQIDA', 'A===', 'AQ=', 'AQ=I', '=AQI', 'AQI=AQID', 'AQID=', 'AQ==\nAQID']) {
    refuses(block(bad), /^found the base64 from line 2 on to be cut off$/);
  }
  // Bits left over that are not zero (RFC 4648, section 3.5).
  assert.equal(toHex(decodePem(block('AQ=='))[0].der), '01');
  refuses(block('AR=='), /cut off/);
  refuses(block('AQJ='), /cut off/);
});
