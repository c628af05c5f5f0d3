import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicConstraints, extendedKeyUsage, extension, keyUsage } from '../../scripts/lib/certificates.ts';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  tagged,
} from '../../scripts/lib/der.ts';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import type { CertificateProblem } from '../../src/x509/errors.ts';
import { issue, party, problem } from './certificates.ts';

const ca = party('Issuing CA');
const server = party('Server');

function parse(...extensions: Uint8Array[]): Certificate {
  return parseCertificate(issue(ca, server, { extensions }), 'leaf');
}

function refuses(reason: CertificateProblem, message: RegExp, ...extensions: Uint8Array[]): void {
  assert.throws(() => parse(...extensions), problem(reason, message));
}

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const EXT_KEY_USAGE = '2.5.29.37';
const unknown = extension('1.3.6.1.4.1.99999.1', false, boolean(true));

test('unknown extensions are ignored, and refused when they are critical', () => {
  assert.doesNotThrow(() => parse(unknown, extension('2.5.29.99', false, Buffer.of(0xff, 0xff))));
  refuses(
    'unsupported',
    /^leaf: unsupported, extension 2b060104018[0-9a-f]+$/,
    extension('1.3.6.1.4.1.99999.1', true, boolean(true)),
  );
});

test('known extensions that decide nothing here are ignored when not critical, refused when critical', () => {
  // Key identifiers, policies, distribution points, information access, certificate transparency.
  for (const id of [
    '2.5.29.14',
    '2.5.29.35',
    '2.5.29.32',
    '2.5.29.31',
    '1.3.6.1.5.5.7.1.1',
    '1.3.6.1.4.1.11129.2.4.2',
    '2.5.29.36',
    '2.5.29.54',
  ]) {
    assert.doesNotThrow(() => parse(extension(id, false, octetString())), id);
    refuses('unsupported', /^leaf: unsupported, extension/, extension(id, true, octetString()));
  }
});

test('name constraints are refused, critical or not', () => {
  const subtrees = sequence(explicit(0, sequence(implicit(2, Buffer.from('example.com')))));
  refuses('unsupported', /extension 551d1e$/, extension('2.5.29.30', true, subtrees));
  refuses('unsupported', /extension 551d1e$/, extension('2.5.29.30', false, subtrees));
});

test('an extension that comes twice is refused, known or not', () => {
  refuses('malformed', /extension 551d0f once/, keyUsage('digitalSignature'), unknown, keyUsage('digitalSignature'));
  refuses('malformed', /once/, unknown, unknown);
  // Different ones whose identifiers share their last arc, or all but their length.
  assert.doesNotThrow(() =>
    parse(extension('2.5.29.99', false, boolean(true)), extension('2.5.30.99', false, boolean(true))),
  );
});

test('critical is read when it is TRUE, FALSE or absent', () => {
  const id = oid('1.2.3');
  assert.doesNotThrow(() => parse(sequence(id, octetString())));
  assert.doesNotThrow(() => parse(sequence(id, boolean(false), octetString())));
  refuses('malformed', /expected TRUE/, sequence(id, tagged(1, Buffer.of(1)), octetString()));
});

test('an extension with anything but identifier, critical and value is refused', () => {
  refuses('malformed', /expected the end/, sequence(oid('1.2.3'), octetString(), octetString()));
  refuses('malformed', /expected tag 4/, sequence(oid('1.2.3')));
  refuses('malformed', /expected tag 6/, sequence(octetString()));
  refuses('malformed', /expected tag 4/, sequence(oid('1.2.3'), boolean(true), sequence()));
});

test('a list of extensions that is empty or does not stand alone is refused', () => {
  refuses('malformed', /got -2$/); // it would be the next element
  const wrapped = (...contents: Uint8Array[]): Uint8Array =>
    issue(ca, server, { extensionsField: explicit(3, ...contents) });
  assert.doesNotThrow(() => parseCertificate(wrapped(sequence(unknown))));
  assert.throws(
    () => parseCertificate(wrapped(sequence(unknown), sequence(unknown))),
    problem('malformed', /expected the end/),
  );
  assert.throws(() => parseCertificate(wrapped()), problem('malformed', /got -2$/));
});

test('a list of too many extensions is refused', () => {
  const list = Array.from({ length: 300 }, (_, i) => extension(`1.2.3.${i}`, false, boolean(true)));
  assert.doesNotThrow(() => parse(...list.slice(50)));
  refuses('malformed', /512 elements at most/, ...list);
});

test('basicConstraints is read, and refused when malformed', () => {
  for (const [extensions, isCa, pathLength] of [
    [[], false, Infinity],
    [[basicConstraints(false)], false, Infinity],
    [[extension(BASIC_CONSTRAINTS, true, sequence(boolean(false)))], false, Infinity],
    [[basicConstraints(true)], true, Infinity],
    [[basicConstraints(true, 0)], true, 0],
    [[basicConstraints(true, 127)], true, 127],
    [[basicConstraints(true, 128)], true, Infinity],
    [[basicConstraints(true, 70000)], true, Infinity],
    // RFC 5280 wants it critical of CAs; verifiers need not (section 6.1.4 (k)).
    [[extension(BASIC_CONSTRAINTS, false, sequence(boolean(true)))], true, Infinity],
  ] as const) {
    const certificate = parse(unknown, ...extensions);
    assert.deepEqual([certificate.ca, certificate.pathLength], [isCa, pathLength]);
  }
  for (const [bad, message] of [
    [sequence(boolean(true), tagged(2, Buffer.of(0xff))), /INTEGER >= 0/],
    [sequence(boolean(true), tagged(2, Buffer.of(0, 1))), /shortest INTEGER/],
    [sequence(boolean(true), integer(1), integer(1)), /expected the end/],
    [sequence(integer(1), boolean(true)), /expected the end/],
    [boolean(true), /expected tag 30, got 1/],
    [Buffer.concat([sequence(), sequence()]), /expected the end/],
  ] as const) {
    refuses('malformed', message, extension(BASIC_CONSTRAINTS, true, bad));
  }
});

test('keyUsage is read, and refused when malformed', () => {
  const usage = (value: Uint8Array): number | null =>
    parse(basicConstraints(true), extension(KEY_USAGE, true, value)).keyUsage;
  assert.equal(parse(unknown).keyUsage, 0xff);
  assert.equal(usage(bitString(Buffer.of(0x80), 7)), 0x80);
  assert.equal(usage(bitString(Buffer.of(0xa0), 5)), 0xa0);
  assert.equal(usage(bitString(Buffer.of(0x06), 1)), 0x06);
  assert.equal(usage(bitString(Buffer.of(0x01), 0)), 0x01);
  assert.equal(usage(bitString(Buffer.of(0x88, 0x80), 7)), 0x88); // decipherOnly is the ninth bit
  for (const bad of [
    bitString(Buffer.alloc(0)), // no bit at all
    bitString(Buffer.of(0x00), 0),
    bitString(Buffer.of(0x00), 7),
    bitString(Buffer.of(0x80), 0), // bits behind the last one
    bitString(Buffer.of(0x80), 6),
    bitString(Buffer.of(0xc0), 7), // an unused bit is set
    bitString(Buffer.of(0x80, 0x00), 7),
    bitString(Buffer.of(0x80), 8),
    bitString(Buffer.of(0x80), 39),
    bitString(Buffer.of(0x80, 0x80, 0x80), 7),
    tagged(3),
    octetString(Buffer.of(7, 0x80)),
  ]) {
    refuses(
      'malformed',
      /KeyUsage bits|expected tag 3, got 4/,
      basicConstraints(true),
      extension(KEY_USAGE, true, bad),
    );
  }
  refuses(
    'malformed',
    /expected the end/,
    extension(KEY_USAGE, true, Buffer.concat([bitString(Buffer.of(0x80), 7), Buffer.of(0)])),
  );
});

test('extendedKeyUsage allows a server with serverAuth only, not with anyExtendedKeyUsage', () => {
  assert.equal(parse(unknown).serverAuth, true);
  assert.equal(parse(extendedKeyUsage('serverAuth')).serverAuth, true);
  assert.equal(parse(extendedKeyUsage('clientAuth', 'serverAuth')).serverAuth, true);
  assert.equal(parse(extendedKeyUsage('clientAuth')).serverAuth, false);
  const any = oid('2.5.29.37.0');
  assert.equal(parse(extension(EXT_KEY_USAGE, false, sequence(any))).serverAuth, false);
  assert.equal(parse(extension(EXT_KEY_USAGE, true, sequence(any, oid('1.3.6.1.5.5.7.3.1')))).serverAuth, true);
  refuses('malformed', /expected tag 6/, extension(EXT_KEY_USAGE, false, sequence()));
  refuses('malformed', /expected tag 6/, extension(EXT_KEY_USAGE, false, sequence(integer(1))));
  refuses('malformed', /expected tag 30, got 6/, extension(EXT_KEY_USAGE, false, any));
  const purposes = new Array<Uint8Array>(600).fill(any);
  assert.equal(parse(extension(EXT_KEY_USAGE, false, sequence(...purposes.slice(100)))).serverAuth, false);
  refuses('malformed', /512 elements at most/, extension(EXT_KEY_USAGE, false, sequence(...purposes)));
});

test('a subjectAltName that is no SEQUENCE is refused', () => {
  assert.equal(parse(unknown).subjectAltNames.length, 0);
  assert.equal(parse(extension('2.5.29.17', false, sequence())).subjectAltNames.length, 0);
  refuses('malformed', /expected tag 30, got 65/, extension('2.5.29.17', false, Buffer.from('example.com')));
  refuses('malformed', /expected the end/, extension('2.5.29.17', false, Buffer.concat([sequence(), sequence()])));
});
