/**
 * Certificates, changed on their way, and signed by an authority that signs anything: the chain is refused with a
 * CertificateError, or it is believed, and then no byte of a certificate on its path was changed.
 */
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { test } from 'node:test';
import { bitString, nul, oid, sequence } from '../../scripts/lib/der.ts';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { type TrustAnchor, trustAnchor } from '../../src/x509/anchor.ts';
import { parseCertificate } from '../../src/x509/certificate.ts';
import { DerReader } from '../../src/x509/der.ts';
import { CertificateError } from '../../src/x509/errors.ts';
import { type VerifiedChain, verifyServerChain } from '../../src/x509/path.ts';
import { readPublicKey } from '../../src/x509/publicKey.ts';
import { publicKeyInfo } from '../../scripts/lib/certificates.ts';
import { SeededRandom } from '../support/random.ts';
import { HOST } from '../support/tls/conversation.ts';
import { allocationsOf } from './allocations.ts';
import { fuzz } from './budget.ts';
import { MAX_TEXT } from './judge.ts';
import { mutate, type Splitter } from './mutations.ts';
import { chains, time } from './recordings.ts';

/** Slices that twelve signatures of P-384 take, many times over. */
const MAX_SLICES = 5_000;
const LARGEST = 0x5000;

/** The header and the elements inside an element; deeper with each of the splitters below. */
function elements(depth: number): Splitter {
  return (bytes) => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const first = bytes[at + 1] ?? 0;
      const size = first < 0x80 ? 0 : first & 3;
      let length = size === 0 ? first : 0;
      for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
      const body = at + 2 + size;
      const isConstructed = ((bytes[at] ?? 0) & 0x20) !== 0;
      if (depth > 0 && isConstructed)
        parts.push(bytes.slice(at, body), ...elements(depth - 1)(bytes.slice(body, body + length)));
      else parts.push(bytes.slice(at, body + length));
      at = body + length;
    }
    return parts;
  };
}
const splitters = [1, 2, 3, 4, 5].map(elements);

/** Verifies a chain in bounded work and memory. @returns null if it is refused, by the one error that it may be */
function verify(certificates: Uint8Array[], anchors: TrustAnchor[]): VerifiedChain | null {
  let chain: VerifiedChain | null = null;
  const { largest } = allocationsOf(() => {
    try {
      const steps = verifyServerChain(certificates, { anchors, host: HOST, time });
      for (let slices = 0; ; slices++) {
        assert.ok(slices < MAX_SLICES, 'the verifier hangs');
        const { done, value } = steps.next();
        if (done === true) {
          chain = value;
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      assert.ok(error.message.length < MAX_TEXT, error.message);
    }
  });
  assert.ok(largest <= LARGEST, `${largest} bytes allocated at once`);
  return chain;
}

/** What the PC's explainer reads out of a certificate, to which the same holds. */
function explain(der: Uint8Array): void {
  const annotations: Annotation[] = [];
  try {
    parseCertificate(der, 'certificate', annotations);
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
  }
  for (const { start, end } of annotations) assert.ok(start >= 0 && start <= end && end <= der.length);
}

for (const [kind, { certificates, anchor }] of Object.entries(chains)) {
  const anchors = [trustAnchor(anchor, 'root')];
  test(`${kind}: a change of any byte of the leaf or its issuer is refused without an unexpected error`, () => {
    assert.ok(verify(certificates, anchors) !== null, 'the chain is good as it was');
    for (const which of [0, 1]) {
      // The first 40 and the last 16 bytes are all headers, algorithm and the edges of numbers.
      for (let at = 0; at < certificates[which].length; at += at < 40 || at > certificates[which].length - 16 ? 1 : 3) {
        const changed = certificates.map((der, i) => {
          return i === which ? der.map((byte, j) => (j === at ? byte ^ (1 << (at % 8)) : byte)) : der;
        });
        assert.equal(verify(changed, anchors), null, `byte ${at} of certificate ${which}`);
      }
    }
  });
}

test('certificates that are mutated on their way cause no unexpected error', (t) => {
  const kinds = Object.values(chains);
  const others = kinds.flatMap(({ certificates, anchor }) => [...certificates, anchor]);
  const originals = new Set(others.map(toHex));
  let believed = 0;
  const count = fuzz(0.1, (seed) => {
    const random = new SeededRandom(seed);
    const { certificates, anchor } = kinds[random.below(kinds.length)];
    const which = random.below(certificates.length);
    const changed = certificates.map((der, i) => (i === which ? mutate(der, { random, others, splitters }) : der));
    if (random.below(4) === 0) changed.splice(random.below(changed.length + 1), 0, others[random.below(others.length)]);
    explain(changed[which]);
    const chain = verify(changed, [trustAnchor(anchor, 'root')]);
    if (chain === null) return;
    believed += 1;
    for (const { signature, what } of chain.path) {
      const isOriginal = changed.some(
        (sent) => originals.has(toHex(sent)) && Buffer.from(sent).includes(Buffer.from(signature)),
      );
      assert.ok(isOriginal, `${what} was changed, and is believed`);
    }
  });
  t.diagnostic(`${count} chains, of which ${believed} were changed only beside the path`);
});

test('certificates of an authority that signs anything cause no unexpected error', (t) => {
  const { certificates, key } = chains.rsa;
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), nul());
  const leaf = parseCertificate(certificates[0]);
  const publicKey = readPublicKey(new DerReader(Uint8Array.from(publicKeyInfo(key)), 'key'));
  const anchors = [{ name: 'mad', subject: leaf.issuer, publicKey }];
  const others = certificates.map((der) => parseCertificate(der).tbs);
  let believed = 0;
  const count = fuzz(0.05, (seed) => {
    const random = new SeededRandom(seed);
    const tbs = mutate(leaf.tbs, { random, others, splitters });
    // The length of all of it is right again, mostly.
    if (random.below(4) > 0 && tbs.length > 132) tbs.set([0x30, 0x82, (tbs.length - 4) >> 8, tbs.length - 4]);
    const der = Uint8Array.from(sequence(tbs, algorithm, bitString(sign('sha256', tbs, key))));
    explain(der);
    const isBelieved = verify([der], anchors) !== null;
    if (isBelieved) believed += 1;
  });
  t.diagnostic(`${count} leaves, of which ${believed} were believed`);
});
