/** Certificates as home recipes make them: each is refused in words, with the openssl line that makes it right. */
import assert from 'node:assert/strict';
import { createPublicKey, sign, type KeyObject } from 'node:crypto';
import { before, test } from 'node:test';
import { checkBoardConfig, type BoardConfig } from '../../scripts/config/config.ts';
import { chainCauses } from '../../scripts/doctor/chainCauses.ts';
import {
  basicConstraints,
  encodeName,
  keyUsage,
  makeCertificate,
  makeKey,
  publicKeyInfo,
  subjectAltName,
} from '../../scripts/lib/certificates.ts';
import { bitString, integer, nul, oid, sequence, time } from '../../scripts/lib/der.ts';
import { CertificateError } from '../../src/index.ts';
import { finish } from '../../src/steps.ts';
import { trustAnchor } from '../../src/x509/anchor.ts';
import { verifyServerChain } from '../../src/x509/path.ts';
import example from '../../board/config.example.json' with { type: 'json' };

const HOST = 'broker.home.lan';
const DAY = 86_400_000;
const dates = { from: new Date(Date.now() - DAY), to: new Date(Date.now() + DAY) };
const authority = { CN: 'Home CA' };
const intermediate = { CN: 'R99' };
let keys: Record<'root' | 'intermediate' | 'leaf', KeyObject>;
let root: Buffer;

before(async () => {
  const [one, two, three] = await Promise.all([makeKey('rsa'), makeKey('rsa'), makeKey('rsa')]);
  keys = { root: one, intermediate: two, leaf: three };
  root = ca(authority, keys.root, authority, keys.root);
});

function ca(subject: object, subjectKey: KeyObject, issuer: object, issuerKey: KeyObject): Buffer {
  const extensions = [basicConstraints(true), keyUsage('keyCertSign')];
  return makeCertificate({ subject, subjectKey, issuer, issuerKey, ...dates, extensions });
}

function leaf(
  extensions: Buffer[],
  issuer: object = authority,
  issuerKey = keys.root,
  subject: object = { CN: HOST },
): Buffer {
  return makeCertificate({ subject, subjectKey: keys.leaf, issuer, issuerKey, ...dates, extensions });
}

/** Version 1, as `openssl x509 -req` makes it without -extfile. */
function version1(): Buffer {
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'), nul());
  const names = [encodeName(authority), sequence(time(dates.from), time(dates.to)), encodeName({ CN: HOST })];
  const tbs = sequence(integer(Buffer.of(7)), algorithm, ...names, publicKeyInfo(createPublicKey(keys.leaf)));
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, keys.root)));
}

/** The words of doctor; empty if the chain is believed. */
function causes(chain: Uint8Array[], host = HOST): string {
  const config = checkBoardConfig({ ...example, endpoint: { host, port: 8883 } }, 'f') satisfies BoardConfig;
  const anchors = [trustAnchor(root, 'Home CA')];
  try {
    finish(verifyServerChain(chain, { anchors, host, time: Date.now() }));
    return '';
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return chainCauses(error, config, chain).join('\n');
  }
}

const REMAKE = /openssl x509 -req .*-extfile san\.ext -out server\.crt/;

test('an error says that a certificate is of version 1', () => {
  const said = causes([version1()]);
  assert.match(said, /is of version 1, as openssl x509 -req makes them without -extfile: it cannot name the host/);
  assert.match(said, /printf 'subjectAltName=DNS:broker\.home\.lan/);
  assert.match(said, REMAKE);
});

test('an error says that there is a common name alone, or no name at all', () => {
  const said = causes([leaf([basicConstraints(false)])]);
  assert.match(said, /has no subjectAltName, and only a common name, broker\.home\.lan, which no longer counts/);
  assert.match(said, REMAKE);
  assert.match(causes([leaf([basicConstraints(false)], authority, keys.root, {})]), /and no name at all/);
});

test('an error says that the name is another one, also where an address is dialled', () => {
  assert.match(
    causes([leaf([subjectAltName('192.168.1.10')])]),
    /endpoint\.host is broker\.home\.lan, but the server's certificate is for 192\.168\.1\.10: set endpoint\.host to that/,
  );
  const byAddress = causes([leaf([subjectAltName(HOST)])], '192.168.1.10');
  assert.match(byAddress, /endpoint\.host is 192\.168\.1\.10, but the server's certificate is for broker\.home\.lan/);
  assert.match(byAddress, /subjectAltName=IP:192\.168\.1\.10/);
  assert.equal(causes([leaf([subjectAltName('192.168.1.10')])], '192.168.1.10'), '');
  // The host is named by subjectAltName; the subject may be empty then (RFC 5280, section 4.1.2.6).
  assert.equal(causes([leaf([subjectAltName(HOST)], authority, keys.root, {})]), '');
});

test('an error says that a leaf comes without its intermediate', () => {
  const alone = leaf([subjectAltName(HOST)], intermediate, keys.intermediate);
  assert.match(
    causes([alone]),
    /sends its own certificate alone, and R99, which signed it, is an intermediate: .*cat server\.crt/,
  );
  const above = ca(intermediate, keys.intermediate, authority, keys.root);
  assert.equal(causes([alone, above]), '');
});

test('an error names a root that is not among the anchors', () => {
  const other = ca(intermediate, keys.intermediate, intermediate, keys.intermediate);
  const chain = [leaf([subjectAltName(HOST)], intermediate, keys.intermediate), other];
  assert.match(causes(chain), /tls\.anchors does not hold R99, the root that the server shows: name its file there/);
});
