import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advice } from '../../firmware/advice.ts';
import { TlsError } from '../../src/index.ts';

test('an alert is about the device certificate only where that can have been shown', () => {
  const refused = (expected: string): TlsError =>
    new TlsError({ where: 'server', expected, received: 'alert x', alert: 'handshake_failure', origin: 'peer' });
  assert.equal(advice('tls', refused('ServerHello')), '; check endpoint.host; TLS 1.2, ECDHE, AES-128-GCM only');
  for (const expected of ['ChangeCipherSpec', 'Finished', 'application_data']) {
    assert.match(advice('tls', refused(expected)), /is the device certificate active, and known to this endpoint\?$/);
  }
});
