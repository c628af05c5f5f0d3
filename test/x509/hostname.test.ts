import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagged } from '../../scripts/lib/der.ts';
import { checkHost, matchesHost } from '../../src/x509/hostname.ts';
import { problem } from './certificates.ts';

function names(...elements: Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(elements));
}

function dns(name: string): Uint8Array {
  return tagged(0x82, Buffer.from(name, 'latin1'));
}

function address(...octets: number[]): Uint8Array {
  return tagged(0x87, Buffer.from(octets));
}

test('these names match their hosts', () => {
  for (const [name, host] of [
    ['example.com', 'example.com'],
    ['a.b.example.com', 'a.b.example.com'],
    ['*.example.com', 'www.example.com'],
    ['*.example.com', 'xn--bcher-kva.example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['*.iot.eu-west-1.amazonaws.com', 'a1b2-ats.iot.eu-west-1.amazonaws.com'],
    ['localhost', 'localhost'],
  ]) {
    assert.equal(matchesHost(name, host), true, `${name} ${host}`);
  }
});

test('these names do not match their hosts', () => {
  for (const [name, host] of [
    ['example.com', 'example.org'],
    ['example.com', 'www.example.com'],
    ['www.example.com', 'example.com'],
    ['*.example.com', 'example.com'],
    ['*.example.com', 'a.b.example.com'],
    ['*.example.com', '.example.com'],
    ['*.com', 'example.com'],
    ['*', 'localhost'],
    ['*', 'example.com'],
    ['*.', 'example.'],
    ['w*.example.com', 'www.example.com'],
    ['*w.example.com', 'www.example.com'],
    ['w*w.example.com', 'www.example.com'],
    ['www.*.com', 'www.example.com'],
    ['*.*.com', 'www.example.com'],
    ['**.example.com', 'www.example.com'],
    ['xn--*.example.com', 'xn--a.example.com'],
    ['example.com.', 'example.com'],
    ['', 'example.com'],
  ]) {
    assert.equal(matchesHost(name, host), false, `${name} ${host}`);
  }
});

test('any of the names may match, in any case, with or without the dot of the root', () => {
  const several = names(
    dns('example.org'),
    address(10, 0, 0, 1),
    tagged(0x86, Buffer.from('uri:x')),
    dns('WWW.example.com'),
  );
  for (const host of ['www.example.com', 'WWW.EXAMPLE.COM', 'www.example.com.', 'example.org']) {
    assert.doesNotThrow(() => checkHost(several, host, 'leaf'), host);
  }
  assert.throws(
    () => checkHost(several, 'example.com', 'leaf'),
    problem('wrong_name', /^leaf: wrong_name, expected example.com, got example.org www.example.com$/),
  );
});

test('a certificate without subjectAltName, with an empty one, or with one that has no dNSName, matches no host', () => {
  const none = problem('wrong_name', /expected example.com, got no such name$/);
  assert.throws(() => checkHost(names(), 'example.com', 'leaf'), none);
  const others = names(tagged(0x81, Buffer.from('a@example.com')), tagged(0x86, Buffer.from('https://example.com')));
  assert.throws(() => checkHost(others, 'example.com', 'leaf'), none);
});

test('an IPv4 address matches iPAddress only, and no dNSName that looks like it', () => {
  const both = names(dns('192.168.1.6'), address(192, 168, 1, 5), address(...new Array<number>(16).fill(1)));
  assert.doesNotThrow(() => checkHost(both, '192.168.1.5', 'leaf'));
  for (const host of ['192.168.1.6', '192.168.1.05', '192.168.1', '1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1']) {
    assert.throws(() => checkHost(both, host, 'leaf'), problem('wrong_name', /got 192.168.1.5$/), host);
  }
  assert.throws(
    () => checkHost(names(dns('*.168.1.5')), '192.168.1.5', 'leaf'),
    problem('wrong_name', /got no such name$/),
  );
});

test('a host that is neither A-labels nor an IPv4 address is refused', () => {
  const all = names(...['*.example.com', 'a_b.example.com', '*.', '.example.com', 'a..example.com', '::1'].map(dns));
  for (const host of [
    '',
    '.',
    'a..example.com',
    '.example.com',
    'a.example.com..',
    'bücher.example.com',
    'a_b.example.com',
  ]) {
    assert.throws(() => checkHost(all, host, 'leaf'), problem('wrong_name', /^leaf: wrong_name/), host);
  }
  for (const host of ['::1', '[::1]', '*.example.com', 'a b.example.com', 'a\0.example.com', 'https://a.example.com']) {
    assert.throws(() => checkHost(all, host, 'leaf'), problem('wrong_name', /^leaf: wrong_name/), host);
  }
});

test('a dNSName that is empty, has a NUL or is not ASCII refuses the certificate, even beside one that matches', () => {
  for (const bad of ['example.com\0.evil.org', '\0', 'b\u00fccher.example.com', 'a b.example.com', '']) {
    assert.throws(
      () => checkHost(names(dns('example.com'), dns(bad)), 'example.com', 'leaf'),
      problem('malformed', /ASCII without blanks and NUL/),
    );
  }
});

test('GeneralNames are read strictly to their end', () => {
  const good = dns('example.com');
  assert.throws(
    () => checkHost(names(good, Buffer.of(0x82)), 'example.com', 'leaf'),
    problem('malformed', /bytes, got/),
  );
  assert.throws(
    () => checkHost(names(good, Buffer.of(0x82, 0x81, 1, 65)), 'example.com', 'leaf'),
    problem('malformed', /length/),
  );
  assert.throws(
    () => checkHost(names(good, Buffer.of(0x0c, 1, 65)), 'example.com', 'leaf'),
    problem('malformed', /GeneralName/),
  );
});

test('a list of too many names is refused', () => {
  const list = new Array<Uint8Array>(511).fill(dns('a.example.com'));
  assert.throws(() => checkHost(names(...list), 'b.example.com', 'leaf'), problem('wrong_name', /a.example.com/));
  assert.throws(
    () => checkHost(names(...list, dns('b.example.com')), 'b.example.com', 'leaf'),
    problem('malformed', /512 elements at most/),
  );
});
