import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { X509Certificate } from 'node:crypto';
import { bitString, boolean, explicit, implicit, integer, nul, oid, sequence, tagged } from '../../scripts/lib/der.ts';
import { extension } from '../../scripts/lib/certificates.ts';
import type { Annotation } from '../../src/bytes/annotation.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { type Certificate, parseCertificate, peekSubject } from '../../src/x509/certificate.ts';
import type { CertificateProblem } from '../../src/x509/errors.ts';
import { decodePem } from '../../src/x509/pem.ts';
import { SeededRandom } from '../support/random.ts';
import {
  ECDSA_SHA256,
  ECDSA_SHA384,
  HOST,
  issue,
  LEAF_EXTENSIONS,
  party,
  type Parts,
  problem,
} from './certificates.ts';

const ca = party('Issuing CA');
const server = party('Server');

function parse(changes: Partial<Parts> = {}): Certificate {
  return parseCertificate(issue(ca, server, changes), 'leaf');
}

function refuses(changes: Partial<Parts>, reason: CertificateProblem, message: RegExp): void {
  assert.throws(() => parse(changes), problem(reason, message));
}

test('every field of a certificate is read', () => {
  const der = issue(ca, server);
  const certificate = parseCertificate(der, 'leaf');
  const reference = new X509Certificate(der);
  assert.equal(toHex(certificate.issuer), toHex(ca.name));
  assert.equal(toHex(certificate.subject), toHex(server.name));
  assert.equal(certificate.notBefore, new Date(reference.validFrom).getTime());
  assert.equal(certificate.notAfter, new Date(reference.validTo).getTime());
  assert.equal(toHex(certificate.tbs), toHex(der.subarray(4, 4 + certificate.tbs.length)));
  assert.equal(toHex(der).endsWith(toHex(certificate.signature)), true);
  assert.equal(toHex(sequence(certificate.algorithm)), toHex(ECDSA_SHA256));
  const { publicKey, ca: isCa, pathLength, keyUsage, serverAuth, subjectAltNames } = certificate;
  assert.equal(publicKey.type, 'ec');
  assert.deepEqual(
    { isCa, pathLength, keyUsage, serverAuth },
    { isCa: false, pathLength: Infinity, keyUsage: 0x80, serverAuth: true },
  );
  assert.equal(toHex(subjectAltNames), toHex(implicit(2, Buffer.from(HOST))));
});

test('a parsed certificate shares memory with the bytes that were sent', () => {
  const der = issue(ca, server);
  const { tbs, issuer, subject, signature } = parseCertificate(der, 'leaf');
  for (const part of [tbs, issuer, subject, signature]) assert.equal(part.buffer, der.buffer);
});

test('the roots of AWS IoT, as Debian has them, are parsed', () => {
  for (const [file, type] of [
    ['AmazonRootCA1', 'rsa'],
    ['AmazonRootCA3', 'ec'],
  ]) {
    const pem = readFileSync(`board/certs/${file}.pem`, 'utf8');
    const [{ der }] = decodePem(pem, 'CERTIFICATE');
    const certificate = parseCertificate(der);
    const reference = new X509Certificate(pem);
    assert.equal(certificate.publicKey.type, type);
    assert.equal(certificate.ca, true);
    assert.equal(certificate.notAfter, new Date(reference.validTo).getTime());
    assert.equal(toHex(certificate.subject), toHex(certificate.issuer));
    const key = certificate.publicKey;
    const spki = toHex(reference.publicKey.export({ type: 'spki', format: 'der' }));
    assert.equal(spki.includes(toHex(key.type === 'rsa' ? key.modulus : key.point)), true);
    if (key.type === 'rsa') assert.equal(key.exponent, 65537);
  }
});

test('versions other than 3 are refused', () => {
  refuses({ version: explicit(0, integer(1)) }, 'unsupported', /expected version 020102, got 020101$/);
  refuses({ version: explicit(0, integer(3)) }, 'unsupported', /got 020103$/);
  refuses({ version: explicit(0, integer(0)) }, 'unsupported', /got 020100$/);
  refuses({ version: explicit(0, integer(0x0202)) }, 'unsupported', /got 02020202$/);
  refuses({ version: Buffer.alloc(0) }, 'unsupported', /version 1, without subjectAltName; expected version 3/);
  refuses({ version: integer(2) }, 'unsupported', /version 1, without subjectAltName; expected version 3/);
  refuses({ version: explicit(0, integer(2), integer(2)) }, 'unsupported', /got 020102020102$/);
});

test('serial numbers of 1 to 20 octets are accepted, and no negative ones', () => {
  for (const serial of [Buffer.of(1), Buffer.of(0, 0x80), Buffer.alloc(20, 0x7f), Buffer.of(0)]) {
    assert.doesNotThrow(() => parse({ serialNumber: tagged(2, serial) }), toHex(serial));
  }
  refuses({ serialNumber: tagged(2, Buffer.alloc(21, 0x7f)) }, 'malformed', /serialNumber of 20 octets/);
  refuses({ serialNumber: tagged(2, Buffer.of(0xff)) }, 'malformed', /shortest INTEGER >= 0/);
  refuses({ serialNumber: tagged(2, Buffer.of(0, 1)) }, 'malformed', /shortest INTEGER/);
  refuses({ serialNumber: tagged(2) }, 'malformed', /shortest INTEGER/);
});

test('a certificate is refused unless the algorithm inside is the one outside, parameters included', () => {
  refuses({ outerAlgorithm: ECDSA_SHA384 }, 'malformed', /same algorithm twice/);
  refuses({ outerAlgorithm: sequence(oid('1.2.840.10045.4.3.2'), nul()) }, 'malformed', /same algorithm twice/);
});

test("a certificate without an issuer's name is refused; one without a subject is accepted", () => {
  refuses({ issuer: sequence() }, 'malformed', /expected issuer/);
  assert.equal(toHex(parse({ subject: sequence() }).subject), '3000');
  refuses({ issuer: tagged(0x31) }, 'malformed', /expected tag 30, got 31/);
  refuses({ subject: tagged(0x31) }, 'malformed', /expected tag 30, got 31/);
});

const utc = (text: string): Buffer => tagged(0x17, Buffer.from(text, 'latin1'));
const generalized = (text: string): Buffer => tagged(0x18, Buffer.from(text, 'latin1'));

test('dates are read as RFC 5280 writes them', () => {
  for (const [from, to, notBefore, notAfter] of [
    [utc('500101000000Z'), utc('491231235959Z'), '1950-01-01T00:00:00Z', '2049-12-31T23:59:59Z'],
    [utc('240229000000Z'), utc('240301000000Z'), '2024-02-29T00:00:00Z', '2024-03-01T00:00:00Z'],
    [utc('000229120000Z'), utc('991231235959Z'), '2000-02-29T12:00:00Z', '1999-12-31T23:59:59Z'],
    [utc('700101000000Z'), generalized('20500101000000Z'), '1970-01-01T00:00:00Z', '2050-01-01T00:00:00Z'],
    [generalized('20240101000000Z'), generalized('20491231235959Z'), '2024-01-01T00:00:00Z', '2049-12-31T23:59:59Z'],
    [generalized('24000229000000Z'), generalized('99991231235959Z'), '2400-02-29T00:00:00Z', '9999-12-31T23:59:59Z'],
  ] as const) {
    const certificate = parse({ validity: sequence(from, to) });
    assert.equal(certificate.notBefore, Date.parse(notBefore));
    assert.equal(certificate.notAfter, Date.parse(notAfter));
  }
});

test('every day from 1950 to 2149 lies where the calendar has it', () => {
  const DAY = 86_400_000;
  for (let day = Date.UTC(1950, 0, 1); day < Date.UTC(2150, 0, 1); day += 29 * DAY) {
    const digits = new Date(day).toISOString().replace(/[-:T]|\.\d+/g, '');
    const early = digits < '2050';
    const validity = sequence(utc('240101000000Z'), early ? utc(digits.slice(2)) : generalized(digits));
    assert.equal(parse({ validity }).notAfter, day, digits);
  }
});

test('dates that are written otherwise, or do not exist, are refused', () => {
  const good = utc('240101000000Z');
  for (const bad of [
    utc('2401010000Z'), // no seconds
    utc('240101000000+0000'),
    utc('240101000000'),
    utc('240101000000z'),
    utc('240101000000ZZ'),
    utc('24010100000 Z'),
    utc('2401010 0000Z'),
    utc('24010100000\0Z'),
    utc('24-1-1T00:00Z'),
    utc('+40101000000Z'),
    utc('0x1101000000Z'),
    utc(''),
    utc('240001000000Z'),
    utc('241301000000Z'),
    utc('240100000000Z'),
    utc('240132000000Z'),
    utc('240431000000Z'),
    utc('240230000000Z'),
    utc('230229000000Z'),
    utc('240101240000Z'),
    utc('240101006000Z'),
    utc('240101000060Z'),
    utc('20240101000000Z'),
    generalized('21000229000000Z'), // no leap year
    generalized('20500101000000.5Z'),
    generalized('205001010000Z'),
    generalized('500101000000Z'),
    generalized('20500101000000+0000'),
    tagged(0x16, Buffer.from('240101000000Z')),
  ]) {
    refuses({ validity: sequence(bad, good) }, 'malformed', /a time in UTC|expected tag 18, got 16/);
    refuses({ validity: sequence(good, bad) }, 'malformed', /a time in UTC|expected tag 18, got 16/);
  }
  refuses({ validity: sequence(good, good, good) }, 'malformed', /expected the end/);
  refuses({ validity: sequence(good) }, 'malformed', /expected tag 18/);
});

test('a certificate with a field too few or too many is refused', () => {
  refuses({ tail: nul() }, 'malformed', /expected the end, got 2 bytes/);
  refuses({ tbsTail: nul() }, 'malformed', /expected the end, got 2 bytes/);
  // Unique identifiers, which RFC 5280 forbids CAs to write.
  refuses(
    { publicKey: Buffer.concat([issueKey(), tagged(0x81, Buffer.of(0, 1))]) },
    'malformed',
    /expected tag a3, got 81/,
  );
  refuses({ extensionsField: Buffer.alloc(0) }, 'malformed', /expected tag a3/);
  refuses({ signature: Buffer.alloc(0) }, 'malformed', /expected tag 3/);
  refuses({ signature: bitString(Buffer.of(0x80), 1) }, 'malformed', /whole octets/);
  const der = issue(ca, server);
  assert.throws(
    () => parseCertificate(Uint8Array.of(...der, 0), 'leaf'),
    problem('malformed', /^leaf: malformed, .* the end, got 1 bytes/),
  );
  for (let length = 0; length < der.length; length++) {
    assert.throws(() => parseCertificate(der.subarray(0, length), 'leaf'), problem('malformed', /^leaf: /));
  }
});

function issueKey(): Buffer {
  const { publicKey } = new X509Certificate(issue(ca, server));
  return publicKey.export({ type: 'spki', format: 'der' });
}

test('bytes that are changed, cut or doubled at random give a certificate or a CertificateError, never anything else', () => {
  const random = new SeededRandom(5280);
  const der = issue(ca, server, { extensions: [...LEAF_EXTENSIONS, extension('1.2.3', false, boolean(true))] });
  let parsed = 0;
  for (let i = 0; i < 20_000; i++) {
    const changed = Uint8Array.from(der);
    for (let n = 1 + random.below(3); n > 0; n--) changed[random.below(changed.length)] = random.below(256);
    try {
      parseCertificate(changed.subarray(0, random.below(10) === 0 ? random.below(changed.length) : undefined), 'leaf');
      parsed++;
    } catch (error) {
      assert.equal((error as Error).name, 'CertificateError');
    }
    peekSubject(changed);
  }
  // Changes in keys, names and signatures keep a certificate well-formed.
  assert.ok(parsed > 2000 && parsed < 16_000, String(parsed));
});

test('the subject is found without parsing; damaged bytes give null', () => {
  const der = issue(ca, server);
  assert.equal(toHex(peekSubject(der) as Uint8Array), toHex(server.name));
  assert.equal(peekSubject(new Uint8Array(0)), null);
  assert.equal(peekSubject(Uint8Array.of(0x30, 0x80, 0, 0)), null);
  assert.equal(peekSubject(der.subarray(0, 100)), null);
});

test('annotations cover a certificate with the names of its fields', () => {
  const annotations: Annotation[] = [];
  const der = issue(ca, server);
  parseCertificate(der, 'leaf', annotations);
  const names = annotations.map(({ name }) => name);
  for (const name of ['issuer', 'signature', 'notBefore', 'algorithm', 'extnID', 'KeyUsage', 'KeyPurposeId']) {
    assert.ok(names.includes(name), name);
  }
  let end = 0;
  for (const annotation of annotations) {
    assert.ok(annotation.start >= end && annotation.end > annotation.start && annotation.end <= der.length);
    end = annotation.end;
  }
});
