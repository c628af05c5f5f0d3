import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsage,
  subjectAltName,
} from '../../scripts/lib/certificates.ts';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  nul,
  oid,
  printableString,
  sequence,
  set,
  tagged,
  time,
} from '../../scripts/lib/der.ts';
import { finish } from '../../src/steps.ts';
import { type TrustAnchor, trustAnchor } from '../../src/x509/anchor.ts';
import type { CertificateProblem } from '../../src/x509/errors.ts';
import { type VerifiedChain, verifyServerChain } from '../../src/x509/path.ts';
import { decodePem } from '../../src/x509/pem.ts';
import { SeededRandom } from '../support/random.ts';
import {
  CA_EXTENSIONS,
  ECDSA_SHA256,
  ECDSA_SHA384,
  ecKey,
  HOST,
  issue,
  issueCa,
  LEAF_EXTENSIONS,
  NOW,
  party,
  type Party,
  type Parts,
  problem,
  RSA_SHA256,
  RSA_SHA384,
  rsaKey,
} from './certificates.ts';

const root = party('Root CA');
const intermediate = party('Intermediate CA');
const server = party('Server');
const stranger = party('Stranger');

const rootCertificate = issueCa(root, root);
const intermediateCertificate = issueCa(root, intermediate);
const leafCertificate = issue(intermediate, server);
const anchor = trustAnchor(rootCertificate, 'Root CA');

interface Options {
  anchors?: TrustAnchor[];
  host?: string;
  time?: number;
}

function verify(certificates: Uint8Array[], options: Options = {}): VerifiedChain {
  return finish(verifyServerChain(certificates, { anchors: [anchor], host: HOST, time: NOW, ...options }));
}

function refuses(certificates: Uint8Array[], reason: CertificateProblem, message: RegExp, options?: Options): void {
  assert.throws(() => verify(certificates, options), problem(reason, message));
}

/** The subjects on the way that was found, by the place of their certificates in what was sent. */
function way(certificates: Uint8Array[], options?: Options): number[] {
  const { path, leaf } = verify(certificates, options);
  assert.equal(path[0], leaf);
  return path.map(({ signature }) =>
    certificates.findIndex((sent) => Buffer.from(sent).includes(Buffer.from(signature))),
  );
}

/** A chain of CAs below the root, and a leaf at its end: leaf first, the CA that the root signed last. */
function chain(depth: number, changes: (level: number) => Partial<Parts> = () => ({})): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  let issuer = root;
  for (let level = 1; level <= depth; level++) {
    const subject = party(`CA ${level}`);
    certificates.unshift(issueCa(issuer, subject, changes(level)));
    issuer = subject;
  }
  return [issue(issuer, server), ...certificates];
}

test('a path leads from the leaf over an intermediate to the anchor', () => {
  const result = verify([leafCertificate, intermediateCertificate]);
  assert.equal(result.anchor, anchor);
  assert.equal(result.path.length, 2);
  assert.equal(result.leaf, result.path[0]);
});

test('a path may have every kind of key and signature', () => {
  const rsa = party('RSA CA', rsaKey());
  const p384 = party('P-384 CA', ecKey('P-384'));
  const leafKeys = [ecKey(), ecKey('P-384'), rsa.key];
  for (const [issuer, algorithm, hash] of [
    [rsa, RSA_SHA256, 'sha256'],
    [rsa, sequence(oid('1.2.840.113549.1.1.11')), 'sha256'], // parameters absent (RFC 4055, section 5)
    [rsa, RSA_SHA384, 'sha384'],
    [root, ECDSA_SHA256, 'sha256'],
    [root, ECDSA_SHA384, 'sha384'],
    [p384, ECDSA_SHA256, 'sha256'],
    [p384, ECDSA_SHA384, 'sha384'],
    [rsa, sequence(oid('1.2.840.113549.1.1.13'), nul()), 'sha512'],
    [root, sequence(oid('1.2.840.10045.4.3.4')), 'sha512'],
    [p384, sequence(oid('1.2.840.10045.4.3.4')), 'sha512'],
  ] as const) {
    const anchors = [trustAnchor(issueCa(issuer, issuer), 'anchor')];
    for (const key of leafKeys) {
      const leaf = issue(issuer, party('Server', key), { innerAlgorithm: algorithm, hash });
      assert.deepEqual(way([leaf], { anchors }), [0]);
      leaf[leaf.length - 40] ^= 1;
      refuses([leaf], 'bad_signature', /^leaf: bad_signature, (RSA|Root|P-384) CA$/, { anchors });
    }
  }
});

test('certificates may come in any order, twice, and among junk', () => {
  const [leaf, ca3, ca2, ca1] = chain(3);
  const junk = [new Uint8Array(0), Uint8Array.of(0x30, 0x80), leaf.slice(0, 100), new Uint8Array(300).fill(0x30)];
  const other = issueCa(stranger, party('Other CA'));
  assert.deepEqual(way([leaf, ca3, ca2, ca1]), [0, 1, 2, 3]);
  assert.deepEqual(way([leaf, ca1, ca2, ca3]), [0, 3, 2, 1]);
  assert.deepEqual(way([leaf, ca2, ca1, ca3]), [0, 3, 1, 2]);
  assert.deepEqual(way([leaf, ...junk, ca1, other, ca2.slice(), ca2, ...junk, ca3, ca3.slice()]), [0, 13, 7, 5]);
});

test('the first anchor that is met ends the path, whatever was sent beyond it', () => {
  // As AWS IoT sends it: the root once more, signed by an older one, and that one; both here as bad as can be.
  const older = party('Older Root');
  const expired = { validity: sequence(time(new Date(0)), time(new Date(1000))) };
  const crossSigned = issueCa(older, root, expired);
  const olderRoot = issueCa(older, older, { extensions: [basicConstraints(false)] });
  const sent = [leafCertificate, intermediateCertificate, crossSigned, olderRoot];
  assert.deepEqual(way(sent), [0, 1]);
  // With the older root alone the same path needs the bad certificate.
  refuses(sent, 'expired', /^issuer 2: /, { anchors: [trustAnchor(issueCa(older, older), 'Older Root')] });
  // A lower anchor ends it sooner.
  assert.deepEqual(way(sent, { anchors: [anchor, trustAnchor(intermediateCertificate, 'Intermediate')] }), [0]);
});

test('the root itself may be sent, as such or in place of the leaf', () => {
  assert.deepEqual(way([leafCertificate, intermediateCertificate, rootCertificate]), [0, 1]);
  const selfSigned = issue(root, root, {
    extensions: [basicConstraints(true), keyUsage('digitalSignature', 'keyCertSign'), subjectAltName(HOST)],
  });
  assert.deepEqual(way([selfSigned]), [0]);
  refuses([selfSigned], 'unknown_issuer', /^leaf: unknown_issuer, Root CA$/, { anchors: [] });
});

test('an error names an issuer that nobody knows', () => {
  refuses([leafCertificate], 'unknown_issuer', /^leaf: unknown_issuer, Intermediate CA$/);
  const anchors = [trustAnchor(issueCa(stranger, stranger), 'Stranger')];
  refuses([leafCertificate, intermediateCertificate], 'unknown_issuer', /^issuer 1: unknown_issuer, Root CA$/, {
    anchors,
  });
  const odd = { name: sequence(set(sequence(oid('2.5.4.3'), tagged(12, Buffer.from('a\n\u00fc"'))))), key: root.key };
  refuses([issue(odd, server)], 'unknown_issuer', /^leaf: unknown_issuer, a\?\?\?"$/);
  const attributes = [
    sequence(oid('2.5.4.3'), printableString('First')),
    sequence(oid('2.5.4.10'), printableString('Org')),
  ];
  const ordered = { name: sequence(...attributes.map((attribute) => set(attribute))), key: root.key };
  refuses([issue(ordered, server)], 'unknown_issuer', /^leaf: unknown_issuer, First$/);
  const nameless = { name: sequence(set(sequence(oid('2.5.4.10'), printableString('Org')))), key: root.key };
  refuses([issue(nameless, server)], 'unknown_issuer', /^leaf: unknown_issuer, no name$/);
});

test('names are compared as bytes', () => {
  const other = sequence(set(sequence(oid('2.5.4.3'), printableString('Root CA'))));
  const same = sequence(set(sequence(oid('2.5.4.3'), tagged(12, Buffer.from('Root CA')))));
  const anchors = [trustAnchor(issueCa(root, root, { subject: other }), 'PrintableString')];
  assert.deepEqual(way([issue(root, server, { issuer: other })], { anchors }), [0]);
  refuses([issue(root, server, { issuer: same })], 'unknown_issuer', /Root CA/, { anchors });
});

test('a signature by another key of the same name is refused, and the right key behind it is found', () => {
  const impostor: Party = { name: root.name, key: stranger.key };
  const wrong = trustAnchor(issueCa(impostor, impostor), 'wrong');
  const sent = [leafCertificate, intermediateCertificate];
  refuses(sent, 'bad_signature', /^issuer 1: bad_signature, Root CA$/, { anchors: [wrong] });
  assert.equal(verify(sent, { anchors: [wrong, anchor] }).anchor, anchor);
  // The same among what was sent.
  const wrongIntermediate = issueCa(root, { name: intermediate.name, key: stranger.key });
  refuses([leafCertificate, wrongIntermediate], 'bad_signature', /^leaf: bad_signature, Intermediate CA$/);
  assert.deepEqual(way([leafCertificate, wrongIntermediate, intermediateCertificate]), [0, 2]);
  // An anchor whose key has changed, bridged by a certificate of the new key under the old one.
  const renewed: Party = { name: root.name, key: ecKey() };
  const bridge = issueCa(root, renewed);
  assert.deepEqual(way([issue(renewed, server), bridge]), [0, 1]);
});

test('a key of another kind than the signature is refused', () => {
  const anchors = [trustAnchor(issueCa(party('Root CA', rsaKey()), root, { publicKey: someRsaKey() }), 'RSA')];
  refuses([issue(root, server)], 'bad_signature', /^leaf: /, { anchors });
});

function someRsaKey(): Uint8Array {
  const rsa = sequence(integer(Buffer.concat([Buffer.alloc(255, 0x81), Buffer.of(1)])), integer(65537));
  return sequence(sequence(oid('1.2.840.113549.1.1.1'), nul()), tagged(3, Buffer.of(0), rsa));
}

test('a key whose point is not on the curve verifies no signature', () => {
  const publicKey = sequence(
    sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
    tagged(3, Buffer.concat([Buffer.of(0, 4), Buffer.alloc(64, 1)])),
  );
  const fake = issueCa(root, intermediate, { publicKey });
  refuses([leafCertificate, fake], 'bad_signature', /^leaf: bad_signature, Intermediate CA$/);
  assert.deepEqual(way([leafCertificate, fake, intermediateCertificate]), [0, 2]);
});

test('weak and unknown signature algorithms are refused, on the leaf and above', () => {
  const rsa = party('RSA CA', rsaKey());
  const anchors = [anchor, trustAnchor(issueCa(rsa, rsa), 'RSA CA')];
  for (const [issuer, algorithm, reason] of [
    [rsa, sequence(oid('1.2.840.113549.1.1.5'), nul()), 'weak'], // SHA-1
    [rsa, sequence(oid('1.2.840.113549.1.1.4'), nul()), 'weak'], // MD5
    [rsa, sequence(oid('1.2.840.113549.1.1.2'), nul()), 'weak'], // MD2
    [root, sequence(oid('1.2.840.10045.4.1')), 'weak'], // ECDSA with SHA-1
    [rsa, sequence(oid('1.2.840.113549.1.1.14'), nul()), 'unsupported'], // SHA-224
    [rsa, sequence(oid('1.2.840.113549.1.1.10'), sequence()), 'unsupported'], // PSS
    [root, sequence(oid('1.2.840.10045.4.3.1')), 'unsupported'], // ECDSA with SHA-224
    [root, sequence(oid('1.3.101.112')), 'unsupported'], // Ed25519
    [rsa, sequence(oid('1.2.840.113549.1.1.11'), nul(), nul()), 'unsupported'],
    [root, sequence(oid('1.2.840.10045.4.3.2'), nul()), 'unsupported'], // parameters present
  ] as const) {
    const hash = toName(algorithm);
    refuses([issue(issuer, server, { innerAlgorithm: algorithm, hash })], reason, /^leaf: .*RSA or ECDSA/, {
      anchors,
    });
    const ca = issueCa(issuer, intermediate, { innerAlgorithm: algorithm, hash });
    refuses([leafCertificate, ca], reason, /^issuer 1: .*RSA or ECDSA/, { anchors });
  }
});

test('a signature of another kind than its algorithm names is refused, even if it is right', () => {
  const rsa = party('RSA CA', rsaKey());
  const anchors = [anchor, trustAnchor(issueCa(rsa, rsa), 'RSA CA')];
  for (const [issuer, algorithm] of [
    [rsa, ECDSA_SHA256],
    [root, RSA_SHA256],
  ] as const) {
    refuses([issue(issuer, server, { innerAlgorithm: algorithm })], 'bad_signature', /^leaf: /, { anchors });
  }
});

/** SHA-1 where the algorithm means it, so that the signature itself is right. */
function toName(algorithm: Uint8Array): 'sha1' | 'sha256' {
  const hex = Buffer.from(algorithm).toString('hex');
  return hex.includes('2a864886f70d010105') || hex.includes('2a8648ce3d0401') ? 'sha1' : 'sha256';
}

test('a certificate with a key that is too short is refused above the leaf, too', () => {
  const short = party('Intermediate CA', rsaKey(1024));
  refuses([issue(short, server), issueCa(root, short)], 'weak', /^issuer 1: weak, expected RSA of 2048 bits/);
});

test('a certificate is valid from its first to its last second, everywhere on the path', () => {
  const from = Date.UTC(2026, 0, 1);
  const to = Date.UTC(2026, 11, 31, 23, 59, 59);
  const validity = sequence(time(new Date(from)), time(new Date(to)));
  const leaf = issue(intermediate, server, { validity });
  const ca = issueCa(root, intermediate, { validity });
  for (const [sent, who] of [
    [[leaf, intermediateCertificate], 'leaf'],
    [[leafCertificate, ca], 'issuer 1'],
  ] as const) {
    for (const good of [from, to, to + 999]) assert.doesNotThrow(() => verify([...sent], { time: good }));
    const early = new RegExp(`^${who}: not_yet_valid, from 2026-01-01T00:00:00.000Z, now 2025-12-31T23:59:59.999Z$`);
    refuses([...sent], 'not_yet_valid', early, { time: from - 1 });
    const late = new RegExp(`^${who}: expired, until 2026-12-31T23:59:59.000Z, now 2027-01-01T00:00:00.000Z$`);
    refuses([...sent], 'expired', late, { time: to + 1000 });
  }
  refuses([leaf, intermediateCertificate], 'not_yet_valid', /now 1970-01-01/, { time: 0 });
});

test('an expired intermediate does not stand in the way of a valid one', () => {
  const validity = sequence(time(new Date(0)), time(new Date(1000)));
  const expired = issueCa(root, intermediate, { validity });
  refuses([leafCertificate, expired], 'expired', /^issuer 1: /);
  assert.deepEqual(way([leafCertificate, expired, intermediateCertificate]), [0, 2]);
});

test('a path that leads nowhere does not stand in the way of another', () => {
  const crossSigned = issueCa(stranger, intermediate);
  assert.deepEqual(way([leafCertificate, crossSigned, intermediateCertificate]), [0, 2]);
  // Two CAs that have certified each other, and one of them by the root (CVE-2024-0567).
  const b = party('CA B');
  const loop = [issueCa(b, intermediate), issueCa(intermediate, b)];
  assert.deepEqual(way([leafCertificate, ...loop, issueCa(root, b)]), [0, 1, 3]);
  refuses([leafCertificate, ...loop], 'unknown_issuer', /^issuer 2: /);
});

test('an issuer must be a CA that may sign certificates', () => {
  const by = (...extensions: Uint8Array[]): Uint8Array[] => [
    leafCertificate,
    issueCa(root, intermediate, { extensions }),
  ];
  assert.deepEqual(way(by(basicConstraints(true))), [0, 1]); // no keyUsage, no limit
  refuses(by(basicConstraints(false)), 'not_a_ca', /^issuer 1: not_a_ca, expected basicConstraints cA$/);
  refuses(by(keyUsage('digitalSignature')), 'not_a_ca', /^issuer 1: /);
  refuses(
    by(basicConstraints(true), keyUsage('digitalSignature', 'cRLSign')),
    'wrong_usage',
    /^issuer 1: .*keyCertSign/,
  );
  refuses(by(...LEAF_EXTENSIONS), 'not_a_ca', /^issuer 1: /);
  const allButCertSign = extension('2.5.29.15', true, bitString(Buffer.of(0xfb)));
  refuses(by(basicConstraints(true), allButCertSign), 'wrong_usage', /^issuer 1: .*keyCertSign/);
  refuses(by(basicConstraints(true), extension('1.2.3', true, boolean(true))), 'unsupported', /^issuer 1: /);
  // A leaf does not become a CA by being trusted as one.
  const other = issue(root, intermediate);
  refuses([leafCertificate, other], 'not_a_ca', /^issuer 1: /);
});

test('name constraints on the path refuse it', () => {
  const subtrees = sequence(explicit(0, sequence(implicit(2, Buffer.from('amazonaws.com')))));
  const extensions = [...CA_EXTENSIONS, extension('2.5.29.30', true, subtrees)];
  refuses(
    [leafCertificate, issueCa(root, intermediate, { extensions })],
    'unsupported',
    /^issuer 1: unsupported, extension 551d1e$/,
  );
});

test('extendedKeyUsage limits what a CA issues', () => {
  const by = (...extensions: Uint8Array[]): Uint8Array[] => [
    leafCertificate,
    issueCa(root, intermediate, { extensions: [...CA_EXTENSIONS, ...extensions] }),
  ];
  assert.deepEqual(way(by(extendedKeyUsage('clientAuth', 'serverAuth'))), [0, 1]);
  refuses(by(extendedKeyUsage('clientAuth')), 'wrong_usage', /^issuer 1: .*serverAuth$/);
});

test('a leaf is refused unless it may sign handshakes and authenticate servers', () => {
  const leaf = (...extensions: Uint8Array[]): Uint8Array[] => [
    issue(root, server, { extensions: [...extensions, subjectAltName(HOST)] }),
  ];
  assert.deepEqual(way(leaf()), [0]);
  assert.deepEqual(way(leaf(keyUsage('digitalSignature', 'keyEncipherment'), extendedKeyUsage('serverAuth'))), [0]);
  assert.deepEqual(way(leaf(basicConstraints(true))), [0]); // RFC 5280 lets a CA be a leaf
  const allButSignature = extension('2.5.29.15', true, bitString(Buffer.of(0x7f)));
  refuses(leaf(allButSignature), 'wrong_usage', /^leaf: .*digitalSignature$/);
  refuses(leaf(keyUsage('keyEncipherment')), 'wrong_usage', /^leaf: .*digitalSignature$/);
  refuses(leaf(extendedKeyUsage('clientAuth')), 'wrong_usage', /^leaf: .*serverAuth$/);
  refuses(leaf(extension('2.5.29.37', false, sequence(oid('2.5.29.37.0')))), 'wrong_usage', /^leaf: .*serverAuth$/);
});

test('a leaf for another host is refused', () => {
  const sent = [leafCertificate, intermediateCertificate];
  refuses(sent, 'wrong_name', /^leaf: wrong_name, expected example.com, got a1b2c3-ats/, { host: 'example.com' });
  assert.deepEqual(way(sent, { host: `${HOST.toUpperCase()}.` }), [0, 1]);
  // The common name is not looked at.
  const named = issue(root, party(HOST), { extensions: [extendedKeyUsage('serverAuth')] });
  refuses([named], 'wrong_name', /got no such name$/);
});

test('pathLenConstraint counts the CAs below, the leaf not among them', () => {
  const limited = (at: number, pathLength: number) => (level: number) => ({
    extensions: [basicConstraints(true, ...(level === at ? [pathLength] : [])), keyUsage('keyCertSign')],
  });
  assert.deepEqual(way(chain(1, limited(1, 0))), [0, 1]);
  assert.deepEqual(way(chain(3, limited(1, 2))), [0, 1, 2, 3]);
  refuses(chain(3, limited(1, 1)), 'path_too_long', /^issuer 3: .*expected 1 CAs below, got 2$/);
  refuses(chain(2, limited(1, 0)), 'path_too_long', /^issuer 2: .*expected 0 CAs below, got 1$/);
  assert.deepEqual(way(chain(2, limited(2, 0))), [0, 1, 2]);
});

test('what a CA issues to itself does not count against pathLenConstraint', () => {
  const extensions = [basicConstraints(true, 0), keyUsage('keyCertSign')];
  const oldKey: Party = { name: intermediate.name, key: ecKey() };
  const selfIssued = issueCa(oldKey, intermediate);
  assert.deepEqual(way([leafCertificate, selfIssued, issueCa(root, oldKey, { extensions })]), [0, 1, 2]);
  // Under another name the same is one too many.
  const other: Party = { name: party('Other CA').name, key: oldKey.key };
  refuses(
    [leafCertificate, issueCa(other, intermediate), issueCa(root, other, { extensions })],
    'path_too_long',
    /^issuer 2: /,
  );
});

test('a certificate is hashed once, however many issuers are tried', () => {
  const long = extension('1.2.3.4', false, new Uint8Array(20000));
  const leaf = issue(intermediate, server, { extensions: [...LEAF_EXTENSIONS, long] });
  const impostor = issueCa(root, { name: intermediate.name, key: stranger.key });
  const slices = (impostors: number): number => {
    const certificates = [leaf, ...Array<Uint8Array>(impostors).fill(impostor), intermediateCertificate];
    const steps = verifyServerChain(certificates, { anchors: [anchor], host: HOST, time: NOW });
    let count = 0;
    while (steps.next().done !== true) count++;
    return count;
  };
  // 40 slices hash the leaf, and fewer verify a signature.
  assert.ok(slices(1) > 40);
  assert.ok(slices(4) - slices(1) < 3 * 40);
});

test('at most 5 issuers are kept, however many have the same name', () => {
  assert.deepEqual(way(chain(5)), [0, 1, 2, 3, 4, 5]);
  refuses(chain(6), 'too_complex', /^issuer 6: .*more than 5 issuers$/);
  const impostors = Array.from({ length: 5 }, () => issueCa(root, { name: intermediate.name, key: stranger.key }));
  assert.deepEqual(way([leafCertificate, ...impostors.slice(1), intermediateCertificate]), [0, 5]);
  refuses([leafCertificate, ...impostors, intermediateCertificate], 'too_complex', /^issuer 1: /);
  // A chain that forks at every level would have 30 ^ 5 paths.
  const forks = Array.from({ length: 30 }, () => issueCa(intermediate, intermediate));
  refuses([leafCertificate, ...forks], 'too_complex', /^issuer /);
});

test('a path that takes longer than those that are supported is refused before a signature is verified', () => {
  const key = ecKey('P-384');
  const parties = ['CA 1', 'CA 2', 'CA 3', 'CA 4'].map((name) => party(name, key));
  const slow = { innerAlgorithm: ECDSA_SHA384, hash: 'sha384' } as const;
  const anchors = [trustAnchor(issueCa(parties[0], parties[0], slow), 'CA 1')];
  const signedBy = (count: number): Uint8Array[] => [
    issue(parties[count - 1], server, slow),
    ...parties
      .slice(1, count)
      .map((ca, i) => issueCa(parties[i], ca, slow))
      .reverse(),
  ];
  assert.deepEqual(way(signedBy(3), { anchors }), [0, 1, 2]);
  // Three certificates with long lists of names take as long to hash as the signatures of a fourth.
  const long = extension('1.2.3.4', false, new Uint8Array(4000));
  const hashed = issue(parties[2], server, { ...slow, extensions: [...LEAF_EXTENSIONS, long] });
  refuses([hashed, ...signedBy(3).slice(1)], 'too_complex', /^issuer 2: .*more than 15000 ms to verify$/, { anchors });
});

test('the signature of the anchor is verified first', () => {
  // Nobody below an anchor that signed nothing of it gets a signature verified.
  const impostor: Party = { name: root.name, key: stranger.key };
  const [forged, ca] = [issue(intermediate, server), issueCa(impostor, intermediate)];
  refuses([forged, ca], 'bad_signature', /^issuer 1: bad_signature, Root CA$/);
});

test('the pathLenConstraint of an anchor counts as well', () => {
  const limited = (...limit: number[]): { anchors: TrustAnchor[] } => ({
    anchors: [
      trustAnchor(
        issueCa(root, root, { extensions: [basicConstraints(true, ...limit), keyUsage('keyCertSign')] }),
        'my root',
      ),
    ],
  });
  assert.equal(limited().anchors[0].pathLength, undefined);
  assert.deepEqual(way(chain(2), limited(2)), [0, 1, 2]);
  refuses(chain(2), 'path_too_long', /^my root: path_too_long, expected 1 CAs below, got 2$/, limited(1));
  refuses(chain(1), 'path_too_long', /^my root: /, limited(0));
});

test('an anchor with name constraints is refused: without them it would be trusted for more than it allows', () => {
  // permittedSubtrees: dNSName "home.lan".
  const permitted = extension(
    '2.5.29.30',
    false,
    sequence(implicit(0, sequence(implicit(2, Buffer.from('home.lan'))))),
  );
  const constrained = issueCa(root, root, { extensions: [...CA_EXTENSIONS, permitted] });
  assert.throws(() => trustAnchor(constrained, 'my root'), /^CertificateError: my root: unsupported, nameConstraints/);
});

test('certificates behind the 32nd are not looked at', () => {
  const others = Array.from({ length: 30 }, (_, i) => issueCa(stranger, party(`Other ${i}`)));
  assert.deepEqual(way([leafCertificate, ...others, intermediateCertificate]), [0, 31]);
  refuses([leafCertificate, ...others, others[0], intermediateCertificate], 'unknown_issuer', /^leaf: /);
});

test('an empty list, and a leaf that is no certificate, are refused', () => {
  refuses([], 'malformed', /^leaf: .*expected a certificate$/);
  refuses([new Uint8Array(0), intermediateCertificate], 'malformed', /^leaf: /);
  refuses([intermediateCertificate], 'wrong_usage', /^leaf: .*digitalSignature$/);
});

test('a change in any byte of leaf or intermediate is noticed', () => {
  const random = new SeededRandom(9525);
  for (const which of [0, 1]) {
    for (
      let at = random.below(3);
      at < [leafCertificate, intermediateCertificate][which].length;
      at += 1 + random.below(6)
    ) {
      const sent = [leafCertificate.slice(), intermediateCertificate.slice()];
      sent[which][at] ^= 1 << random.below(8);
      assert.throws(() => verify(sent), { name: 'CertificateError' }, `${which} ${at}`);
    }
  }
});

test('the work is done in slices', () => {
  let slices = 0;
  for (
    const steps = verifyServerChain([leafCertificate, intermediateCertificate], {
      anchors: [anchor],
      host: HOST,
      time: NOW,
    });
    ;
  ) {
    if (steps.next().done === true) break;
    slices++;
  }
  // At least one before each issuer and one for the leaf.
  assert.ok(slices >= 3, String(slices));
});

test('anchors are made from certificates', () => {
  for (const file of ['AmazonRootCA1', 'AmazonRootCA3']) {
    const [{ der }] = decodePem(readFileSync(`board/certs/${file}.pem`, 'utf8'), 'CERTIFICATE');
    assert.equal(trustAnchor(der, file).name, file);
  }
  // The signature and the dates of an anchor do not matter, because a person chose it.
  const sha1 = { innerAlgorithm: sequence(oid('1.2.840.10045.4.1')), hash: 'sha1' } as const;
  const old = trustAnchor(
    issueCa(root, root, { ...sha1, validity: sequence(time(new Date(0)), time(new Date(1000))) }),
    'old',
  );
  assert.deepEqual(way([leafCertificate, intermediateCertificate], { anchors: [old] }), [0, 1]);
  const bad = (extensions: Uint8Array[], reason: CertificateProblem): void =>
    assert.throws(() => trustAnchor(issueCa(root, root, { extensions }), 'my root'), problem(reason, /^my root: /));
  bad(LEAF_EXTENSIONS, 'not_a_ca');
  bad([basicConstraints(true), keyUsage('cRLSign')], 'wrong_usage');
  // Nor do other extensions, in whatever form: 020 is KeyUsage with a bit at its end that DER leaves out.
  for (const extensions of [
    [...CA_EXTENSIONS, extension('2.5.29.36', false, sequence()), extension('1.2.3', true, boolean(true))],
    [basicConstraints(true), extension('2.5.29.15', true, Buffer.of(3, 2, 0, 6))],
    [extension('2.5.29.19', true, sequence(boolean(true), boolean(false)))],
  ]) {
    assert.equal(trustAnchor(issueCa(root, root, { extensions }), 'my root').name, 'my root');
  }
  const old1 = issueCa(root, root, { version: Buffer.alloc(0), extensionsField: Buffer.alloc(0) });
  assert.deepEqual(way([leafCertificate, intermediateCertificate], { anchors: [trustAnchor(old1, 'v1')] }), [0, 1]);
  const v1Leaf = issueCa(root, server, { version: Buffer.alloc(0), extensionsField: Buffer.alloc(0) });
  assert.throws(() => trustAnchor(v1Leaf, 'my root'), problem('not_a_ca', /^my root: /));
});

const STORE = '/usr/share/ca-certificates/mozilla';

test('every root of the PC’s own store can be an anchor', { skip: !existsSync(STORE) && `no ${STORE}` }, () => {
  for (const file of readdirSync(STORE)) {
    const [{ der }] = decodePem(readFileSync(`${STORE}/${file}`, 'utf8'), 'CERTIFICATE');
    assert.equal(trustAnchor(der, file).name, file);
  }
});
