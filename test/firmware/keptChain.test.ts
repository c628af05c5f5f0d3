import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptChain, type ChainPurpose } from '../../firmware/keptChain.ts';
import { createChainCache, type KeptChain, type PublicKey, type TrustAnchor } from '../../src/index.ts';
import { MemoryFiles } from './fakes.ts';

const bytes = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 37 + seed) & 255);
const RSA: PublicKey = { type: 'rsa', modulus: bytes(256, 1), exponent: 65537 };
const EC: PublicKey = { type: 'ec', curve: 'P-384', point: bytes(97, 2) };
const anchor = (name: string, publicKey: PublicKey): TrustAnchor => ({ name, subject: bytes(20, 3), publicKey });
const ANCHORS = [
  anchor('Root 1', { ...RSA, modulus: bytes(256, 4) }),
  anchor('Root 2', { ...EC, point: bytes(97, 5) }),
];
const PURPOSE: ChainPurpose = { program: '1.0.0 1', host: 'endpoint.test', anchors: ANCHORS };

function chainOf(publicKey: PublicKey, anchorName: string): KeptChain {
  const key = publicKey.type === 'rsa' ? publicKey.modulus : publicKey.point;
  const certificate = Uint8Array.from([...bytes(300, 6), ...key, ...bytes(400, 7)]);
  const server = { publicKey, anchor: anchorName, start: Date.UTC(2026, 0), end: Date.UTC(2026, 11) };
  return { certificate, host: PURPOSE.host, anchors: ANCHORS, server };
}

test('a chain that was stored is given again, with keys of either kind', () => {
  for (const [key, name] of [
    [RSA, 'Root 1'],
    [EC, 'Root 2'],
  ] as const) {
    const files = new MemoryFiles();
    assert.equal(keptChain(files, PURPOSE), null, 'nothing is stored');
    const chain = chainOf(key, name);
    keptChain(files, PURPOSE, chain);
    assert.deepEqual(keptChain(files, PURPOSE), chain);
    // The certificate has memory of its own, and the cache takes it for the one that it is.
    const cache = createChainCache();
    const stored = keptChain(files, PURPOSE) as KeptChain;
    assert.equal(stored.certificate.buffer.byteLength, stored.certificate.length);
    cache.keep(stored);
    assert.equal(cache.find(stored.certificate, PURPOSE.host, ANCHORS, Date.UTC(2026, 5)), stored.server);
  }
});

test('a stored chain does not count for another program or host, nor without the anchor that it led to', () => {
  const files = new MemoryFiles();
  keptChain(files, PURPOSE, chainOf(RSA, 'Root 1'));
  const [first, second] = ANCHORS;
  for (const other of [
    { program: '1.0.0 2' },
    { host: 'other.test' },
    { anchors: [second] },
    { anchors: [anchor('Root 1', RSA), second] },
    { anchors: [anchor('Root 3', first.publicKey)] },
  ]) {
    assert.equal(keptChain(files, { ...PURPOSE, ...other }), null, JSON.stringify(Object.keys(other)));
  }
  assert.notEqual(keptChain(files, { ...PURPOSE, anchors: [second, anchor('Root 1', first.publicKey)] }), null);
});

test('a damaged file, or one whose certificate no server shows, gives no chain', () => {
  const files = new MemoryFiles();
  const chain = chainOf(RSA, 'Root 1');
  keptChain(files, PURPOSE, chain);
  const whole = files.read('/chain', 0, 5000);
  const header = whole.indexOf('}'.charCodeAt(0)) + 1;
  for (let at = 0; at < whole.length; at += at < header ? 1 : 23) {
    files.write(
      '/chain',
      whole.map((byte, i) => (i === at ? byte ^ 4 : byte)),
    );
    const read = keptChain(files, PURPOSE);
    // The anchor's key stands behind the header, and a changed one is not trusted.
    if (at < header + 256) assert.equal(read, null, `byte ${at}`);
    else assert.notDeepEqual(read?.certificate, chain.certificate);
  }
  for (const length of [0, 3, 7, 20, header]) {
    files.write('/chain', whole.slice(0, length));
    assert.equal(keptChain(files, PURPOSE), null, `${length} bytes`);
  }
});
