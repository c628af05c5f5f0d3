import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { encodeKeyPem, encodePem, makeDeviceIdentity, type DeviceIdentity } from '../../scripts/lib/certificates.ts';
import { certificatesIn, privateKeyIn } from '../../scripts/lib/pemFile.ts';
import { PemError } from '../../src/index.ts';

let device: DeviceIdentity;
before(async () => {
  device = await makeDeviceIdentity({ thing: 'kitchen-1' });
});

/** The changes that editors, shells and JSON make to a text, by name. */
const FORMS: Record<string, (text: string) => Buffer> = {
  'as it is': (text) => Buffer.from(text),
  'a byte order mark': (text) => Buffer.from(`\uFEFF${text}`),
  CRLF: (text) => Buffer.from(text.replaceAll('\n', '\r\n')),
  CR: (text) => Buffer.from(text.replaceAll('\n', '\r')),
  'UTF-16, as PowerShell writes it': (text) => Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le'),
  'UTF-16 without a mark': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16, big-endian': (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  'line ends written out': (text) => Buffer.from(text.replaceAll('\n', '\\n')),
  'a field of JSON': (text) => Buffer.from(JSON.stringify({ certificatePem: text, keyPair: { x: text } }, null, 2)),
  indented: (text) => Buffer.from(text.replaceAll(/^/gm, '    ')),
  'blanks at line ends': (text) => Buffer.from(text.replaceAll('\n', ' \t\n')),
  'on one line': (text) => Buffer.from(text.replaceAll('\n', '')),
  'blanks for line ends': (text) => Buffer.from(text.replaceAll('\n', ' ')),
  'one long line of base64': (text) => Buffer.from(text.replaceAll(/([A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, '$1')),
  'strings of C': (text) => Buffer.from(`const char pem[] =\n${text.replaceAll(/^(.+)\n/gm, '  "$1\\n"\n')};\n`),
  'strings of JavaScript': (text) => Buffer.from(text.trim().replaceAll(/^(.+)$/gm, "'$1\\n' +")),
  'continued lines': (text) => Buffer.from(text.replaceAll('\n', '\\n\\\n')),
  'text around it': (text) => Buffer.from(`subject=CN = kitchen-1\n\n${text}\nThe end - of it\n`),
};

test('a certificate and a key are read in every form that has only one meaning', () => {
  const certificate = encodePem('CERTIFICATE', device.certificate);
  const keys = [
    encodeKeyPem(device.key),
    `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${device.key.export({ type: 'sec1', format: 'pem' }).toString()}`,
  ];
  for (const [name, form] of Object.entries(FORMS)) {
    const read = certificatesIn(form(certificate));
    assert.ok(read.length > 0, name);
    for (const der of read) assert.deepEqual(Buffer.from(der), device.certificate, name);
    for (const key of keys) assert.ok(privateKeyIn(form(key)).equals(device.key), name);
  }
});

test('labels of other programs, and DER, are read', () => {
  const named = (label: string, der: Uint8Array = device.certificate): Buffer => Buffer.from(encodePem(label, der));
  const trust = Buffer.concat([device.certificate, Buffer.from('300c300a06082b06010505070301', 'hex')]);
  for (const file of [named('X509 CERTIFICATE'), named('TRUSTED CERTIFICATE', trust), device.certificate]) {
    assert.deepEqual(
      certificatesIn(file).map((der) => Buffer.from(der)),
      [device.certificate],
    );
  }
  for (const type of ['pkcs8', 'sec1'] as const) {
    assert.ok(privateKeyIn(device.key.export({ type, format: 'der' })).equals(device.key), type);
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  assert.ok(privateKeyIn(rsa.export({ type: 'pkcs1', format: 'der' })).equals(rsa));
});

test('a chain keeps its order', () => {
  const chain = [device.certificate, device.authority];
  const text = chain.map((der) => encodePem('CERTIFICATE', der)).join('');
  assert.deepEqual(
    certificatesIn(Buffer.from(text, 'utf16le')).map((der) => new X509Certificate(der).subject),
    chain.map((der) => new X509Certificate(der).subject),
  );
});

test('an error names everything else, with a way to convert it', () => {
  const refuses = (read: () => unknown, problem: RegExp): void =>
    assert.throws(read, (error) => error instanceof PemError && problem.test(error.message), String(problem));
  const encrypted = { cipher: 'aes-256-cbc', passphrase: 'x' };
  const certificate = encodePem('CERTIFICATE', device.certificate);
  const other = encodeKeyPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const key =
    (text: string | Buffer): (() => unknown) =>
    () =>
      privateKeyIn(Buffer.from(text));
  for (const type of ['pkcs8', 'sec1'] as const) {
    refuses(
      key(device.key.export({ type, format: 'pem', ...encrypted })),
      /an encrypted private key; openssl pkey -in/,
    );
  }
  refuses(key(certificate), /^found a certificate$/);
  refuses(key(device.certificate), /^found a certificate in DER$/);
  refuses(
    key(device.key.export({ format: 'pem', type: 'pkcs8' }).toString() + other),
    /found 2 private keys; leave one/,
  );
  refuses(
    key('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'),
    /ssh-keygen -p -m PKCS8/,
  );
  refuses(key(other.replace(/\n[A-Za-z0-9+/]{20}/, '\n')), /cut off|damaged/);
  refuses(key(other.slice(0, 100)), /without its END/);
  refuses(key(''), /^found an empty file$/);
  refuses(() => certificatesIn(Buffer.from(encodeKeyPem(device.key))), /^found a private key$/);
  refuses(() => certificatesIn(device.key.export({ type: 'pkcs8', format: 'der' })), /private key in DER/);
  const pkcs12 = Buffer.from(`3082010002010330820080${'00'.repeat(249)}`, 'hex');
  refuses(() => certificatesIn(pkcs12), /PKCS #12 \(openssl pkcs12 -in FILE -nodes/);
  const pkcs7 = Buffer.from(`3082010006092a864886f70d010702${'00'.repeat(245)}`, 'hex');
  refuses(() => certificatesIn(pkcs7), /PKCS #7 \(openssl pkcs7/);
});
