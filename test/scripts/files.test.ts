import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkBoardConfig, type BoardConfig } from '../../scripts/config/config.ts';
import { ConfigError } from '../../scripts/config/errors.ts';
import { readBoardFiles } from '../../scripts/config/files.ts';
import { encodeKeyPem, encodePem, makeDeviceIdentity, makeServerChain } from '../../scripts/lib/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'files-'));
const boardFile = join(folder, 'board.json');
after(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const YEAR = 365 * 24 * 60 * 60 * 1000;

before(async () => {
  const [{ anchor, certificates }, device, rsa] = await Promise.all([
    makeServerChain({ kind: 'ecdsa', host: 'x' }),
    makeDeviceIdentity({ thing: 'kitchen-1' }),
    makeDeviceIdentity({ thing: 'kitchen-1', kind: 'rsa' }),
  ]);
  write('root.pem', encodePem('CERTIFICATE', anchor));
  write('leaf.pem', encodePem('CERTIFICATE', certificates[0]));
  write('device.crt.pem', encodePem('CERTIFICATE', device.certificate));
  write('device.key.pem', encodeKeyPem(device.key));
  write('rsa.crt.pem', encodePem('CERTIFICATE', rsa.certificate));
  write('rsa.key.pem', encodeKeyPem(rsa.key));
  write(
    'encrypted.key.pem',
    device.key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
  );
  write('other.key.pem', encodeKeyPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
  write('text.pem', 'not PEM at all');
});

function config(tls: BoardConfig['tls']): BoardConfig {
  return checkBoardConfig(
    {
      thing: 'kitchen-1',
      wifi: { ssid: 'x', password: '' },
      endpoint: { host: 'x', port: 8883 },
      tls,
      sensor: { type: 'rp2040' },
      telemetry: { topic: 't', intervalSeconds: 60 },
    },
    boardFile,
  );
}

const right = { anchors: ['root.pem'], certificate: 'device.crt.pem', key: 'device.key.pem' };

test('files that fit together are read, with an EC key, with an RSA key, and without a key', () => {
  const files = readBoardFiles(config(right), boardFile, Date.now());
  assert.deepEqual([files.anchors.length, files.certificates.length, files.key?.asymmetricKeyType], [1, 1, 'ec']);
  const rsa = { ...right, certificate: 'rsa.crt.pem', key: 'rsa.key.pem' };
  assert.equal(readBoardFiles(config(rsa), boardFile, Date.now()).key?.asymmetricKeyType, 'rsa');
  assert.equal(readBoardFiles(config({ anchors: ['root.pem'] }), boardFile, Date.now()).key, null);
});

test('an error names each file that cannot be used with its field, what was found and what is wanted', () => {
  const cases: [Partial<BoardConfig['tls']>, RegExp][] = [
    [
      { anchors: ['missing.pem'] },
      /board\.json: tls\.anchors\[0\]: missing\.pem: not found as \S*missing\.pem; it is to hold the root certificate of the broker's authority$/,
    ],
    [{ anchors: ['text.pem'] }, /tls\.anchors\[0\]: text\.pem: wanted a certificate in PEM; /],
    [
      { anchors: ['device.key.pem'] },
      /tls\.anchors\[0\]: device\.key\.pem: wanted a certificate in PEM; found a private key$/,
    ],
    [
      { anchors: ['leaf.pem'] },
      /tls\.anchors\[0\]: leaf\.pem: .* is no certificate authority; wanted the root certificate of the one that signed the broker's$/,
    ],
    [{ certificate: 'text.pem' }, /tls\.certificate: text\.pem: wanted a certificate in PEM; /],
    [
      { certificate: 'missing.pem' },
      /tls\.certificate: missing\.pem: not found as \S+; leave tls\.certificate and tls\.key out if/,
    ],
    [{ certificate: '.' }, /tls\.certificate: \.: cannot be read: it is a directory$/],
    [
      { key: 'text.pem' },
      /tls\.key: text\.pem: wanted a private key in PEM; found no line that begins with -----BEGIN$/,
    ],
    [{ key: 'device.crt.pem' }, /tls\.key: device\.crt\.pem: wanted a private key in PEM; found a certificate$/],
    [
      { key: 'encrypted.key.pem' },
      /tls\.key: encrypted\.key\.pem: wanted .*; found an encrypted private key; openssl pkey /,
    ],
    [
      { key: 'other.key.pem' },
      /tls\.key: other\.key\.pem: does not belong to the certificate in device\.crt\.pem; one of/,
    ],
  ];
  for (const [tls, message] of cases) {
    assert.throws(
      () => readBoardFiles(config({ ...right, ...tls }), boardFile, Date.now()),
      (error) => error instanceof ConfigError && message.test(error.message) && !error.message.includes('\n'),
      String(message),
    );
  }
});

test('certificates that are out of date are refused with the date', () => {
  const at = (time: number): unknown => readBoardFiles(config(right), boardFile, time);
  assert.throws(
    () => at(Date.now() + 20 * YEAR),
    /tls\.certificate: device\.crt\.pem: the certificate expired on \d{4}-/,
  );
  assert.throws(
    () => at(Date.now() - 2 * YEAR),
    /device\.crt\.pem: the certificate is valid from .* only; is this PC's clock right\?/,
  );
});

test('a device key that is too slow for the board is refused', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const { makeCertificate } = await import('../../scripts/lib/certificates.ts');
  const name = { CN: 'kitchen-1' };
  const dates = { from: new Date(Date.now() - 1000), to: new Date(Date.now() + YEAR) };
  const der = makeCertificate({
    subject: name,
    subjectKey: privateKey,
    issuer: name,
    issuerKey: privateKey,
    ...dates,
    extensions: [],
  });
  write('slow.crt.pem', encodePem('CERTIFICATE', der));
  write('slow.key.pem', encodeKeyPem(privateKey));
  assert.throws(
    () => readBoardFiles(config({ ...right, certificate: 'slow.crt.pem', key: 'slow.key.pem' }), boardFile, Date.now()),
    /tls\.certificate: slow\.crt\.pem: it has an RSA key of 3072 bits; wanted EC P-256, or RSA of 2048 bits/,
  );
});
