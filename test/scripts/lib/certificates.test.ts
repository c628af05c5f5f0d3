import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  basicConstraints,
  encodeKeyPem,
  encodePem,
  keyUsage,
  makeCertificate,
  makeDeviceIdentity,
  makeKey,
  makeServerChain,
  publicKeyInfo,
  subjectAltName,
  type ChainKind,
} from '../../../scripts/lib/certificates.ts';
import * as der from '../../../scripts/lib/der.ts';

const HOST = 'abcdefgh1234-ats.iot.eu-west-1.amazonaws.com';

function within(value: number, [low, high]: [number, number], what: string): void {
  assert.ok(value >= low && value <= high, `${what}: ${value}, wanted ${low} to ${high}`);
}

for (const kind of ['rsa', 'ecdsa'] as ChainKind[]) {
  test(`${kind}: a chain has four certificates, each signed by the next, and the anchor's key is the second from the top`, async () => {
    const { key, certificates, anchor } = await makeServerChain({ kind, host: HOST });
    const chain = certificates.map((bytes) => new X509Certificate(bytes));
    assert.equal(chain.length, 4);
    for (let i = 0; i < 3; i++) {
      assert.ok(chain[i].checkIssued(chain[i + 1]), `issuer of ${i}`);
      assert.ok(chain[i].verify(chain[i + 1].publicKey), `signature of ${i}`);
      assert.equal(chain[i + 1].ca, true);
    }
    const [leaf, , crossSigned, outer] = chain;
    const root = new X509Certificate(anchor);
    assert.ok(root.verify(root.publicKey) && outer.verify(outer.publicKey), 'both roots are self-signed');
    assert.equal(root.subject, crossSigned.subject);
    assert.ok(root.publicKey.equals(crossSigned.publicKey));
    assert.notEqual(root.issuer, crossSigned.issuer);

    assert.ok(leaf.checkPrivateKey(key));
    assert.equal(leaf.ca, false);
    assert.equal(leaf.checkHost(HOST), HOST);
    assert.equal(leaf.checkHost('other.example'), undefined);
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    assert.equal(leaf.publicKey.asymmetricKeyType, kind === 'rsa' ? 'rsa' : 'ec');
  });
}

test('the RSA chain is as long as that of AWS IoT Core: 4.9 KB, its leaf 1.4 to 1.6 KB', async () => {
  const { certificates } = await makeServerChain({ kind: 'rsa', host: HOST });
  const [leaf, intermediate, crossSigned, outer] = certificates.map(({ length }) => length);
  within(leaf, [1400, 1600], 'leaf');
  within(intermediate, [1050, 1200], 'intermediate');
  within(crossSigned, [1100, 1250], 'cross-signed root');
  within(outer, [950, 1100], 'outer root');
  within(leaf + intermediate + crossSigned + outer, [4800, 5000], 'all four');
});

test('a leaf can be expired, or not valid yet', async () => {
  const from = new Date('2020-01-02T03:04:05Z');
  const to = new Date('2051-06-07T08:09:10Z');
  const { certificates } = await makeServerChain({ kind: 'ecdsa', host: HOST, from, to });
  const leaf = new X509Certificate(certificates[0]);
  assert.deepEqual([new Date(leaf.validFrom), new Date(leaf.validTo)], [from, to]);
});

test("a device's certificate is for its own key, names its thing and comes from the device authority", async () => {
  for (const kind of ['ecdsa', 'rsa'] as ChainKind[]) {
    const { authority, certificate, key } = await makeDeviceIdentity({ thing: 'kitchen-1', kind });
    const [parent, device] = [new X509Certificate(authority), new X509Certificate(certificate)];
    assert.equal(device.subject, 'CN=kitchen-1');
    assert.ok(device.checkIssued(parent) && device.verify(parent.publicKey) && device.checkPrivateKey(key));
    assert.equal(key.asymmetricKeyType, kind === 'rsa' ? 'rsa' : 'ec');
    assert.equal(device.publicKey.asymmetricKeyDetails?.namedCurve, kind === 'rsa' ? undefined : 'prime256v1');
  }
});

test('serial numbers differ from each other', async () => {
  const { certificates } = await makeServerChain({ kind: 'ecdsa', host: HOST });
  const serials = new Set(certificates.map((bytes) => new X509Certificate(bytes).serialNumber));
  assert.equal(serials.size, 4);
});

test('a certificate of any key, hash and extensions can be made', async () => {
  const issuerKey = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
  const subjectKey = await makeKey('ecdsa');
  const certificate = new X509Certificate(
    makeCertificate({
      subject: { C: 'DE', O: 'Küche', CN: 'leaf' },
      subjectKey: createPublicKey(subjectKey),
      issuer: { CN: 'root' },
      issuerKey,
      from: new Date(0),
      to: new Date('2049-12-31T23:59:59Z'),
      extensions: [subjectAltName('a.example', 'b.example'), basicConstraints(true, 3), keyUsage('cRLSign')],
      hash: 'sha384',
    }),
  );
  assert.ok(certificate.verify(createPublicKey(issuerKey)));
  assert.equal(certificate.subject, 'C=DE\nO=Küche\nCN=leaf');
  assert.equal(certificate.subjectAltName, 'DNS:a.example, DNS:b.example');
  assert.equal(certificate.validFrom, 'Jan  1 00:00:00 1970 GMT');
  assert.equal(certificate.validTo, 'Dec 31 23:59:59 2049 GMT');
  assert.ok(publicKeyInfo(subjectKey).equals(certificate.publicKey.export({ type: 'spki', format: 'der' })));
  assert.match(certificate.raw.toString('hex'), /2a8648ce3d040303/, 'ecdsa-with-SHA384');
});

test('key identifiers are the SHA-1 of the subject public key', async () => {
  const { certificates } = await makeServerChain({ kind: 'ecdsa', host: HOST });
  const { raw, publicKey } = new X509Certificate(certificates[0]);
  const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  const identifier = createHash('sha1').update(point).digest('hex');
  assert.ok(raw.toString('hex').includes(`0603551d0e04160414${identifier}`));
});

test('PEM can be read back', async () => {
  const { certificate, key } = await makeDeviceIdentity({ thing: 'kitchen-1' });
  const pem = encodePem('CERTIFICATE', certificate);
  assert.ok(pem.split('\n').every((line) => line.length <= 64));
  assert.ok(new X509Certificate(pem).raw.equals(certificate));
  assert.ok(createPrivateKey(encodeKeyPem(key)).equals(key));
});

test('DER is written as X.690 wants it', () => {
  const cases: [Buffer, string][] = [
    [der.integer(0), '020100'],
    [der.integer(127), '02017f'],
    [der.integer(128), '02020080'],
    [der.integer(65537), '0203010001'],
    [der.integer(Uint8Array.of(0, 0, 0xff)), '020200ff'],
    [der.boolean(true), '0101ff'],
    [der.bitString(Uint8Array.of(0xa0), 5), '030205a0'],
    [der.oid('1.2.840.113549.1.1.11'), '06092a864886f70d01010b'],
    [der.oid('2.5.29.15'), '0603551d0f'],
    [der.oid('2.23.140.1.2.1'), '060667810c010201'],
    [der.time(new Date('2049-12-31T23:59:59.999Z')), `170d${Buffer.from('491231235959Z').toString('hex')}`],
    [der.time(new Date('2050-01-01T00:00:00Z')), `180f${Buffer.from('20500101000000Z').toString('hex')}`],
    [der.sequence(der.nul(), der.set(der.nul())), '3006050031020500'],
    [der.explicit(3, der.nul()), 'a3020500'],
    [der.implicit(2, Buffer.from('a')), '820161'],
    [keyUsage('digitalSignature'), '300e0603551d0f0101ff040403020780'],
    [keyUsage('keyCertSign', 'cRLSign'), '300e0603551d0f0101ff040403020106'],
    [basicConstraints(false), '300c0603551d130101ff04023000'],
    [basicConstraints(true, 0), '30120603551d130101ff040830060101ff020100'],
  ];
  for (const [made, hex] of cases) assert.equal(made.toString('hex'), hex);
  for (const [length, head] of [
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65536, '0483010000'],
  ] as const) {
    assert.equal(
      der
        .octetString(Buffer.alloc(length))
        .subarray(0, head.length / 2)
        .toString('hex'),
      head,
    );
  }
});
