import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advice } from '../../firmware/advice.ts';
import { TlsError } from '../../src/index.ts';
import { MqttError, refusal } from '../../src/mqtt/index.ts';

test('an alert is about the device certificate only if that can have been sent', () => {
  const refused = (expected: string): TlsError =>
    new TlsError({ where: 'server', expected, received: 'alert x', alert: 'handshake_failure', origin: 'peer' });
  assert.equal(advice('tls', refused('ServerHello')), '; check endpoint.host; TLS 1.2, ECDHE, AES-128-GCM only');
  for (const expected of ['ChangeCipherSpec', 'Finished', 'application_data']) {
    assert.match(advice('tls', refused(expected)), /is the device certificate active, and known to this endpoint\?$/);
  }
});

test('a broker that refuses or closes is answered with what to look at in the config', () => {
  const cases: [Error, string][] = [
    [new MqttError('closed', 'closed by broker'), '; check policy, twin client id'],
    [new MqttError('closed_before_connack', 'closed before CONNACK'), '; check policy, client id'],
    [refusal(2), '; change "thing"'],
    [refusal(5), '; check its policy'],
    [refusal(7), '; check its policy'],
    [refusal(4), ''],
    [new Error('connection reset'), ''],
  ];
  for (const [error, expected] of cases) assert.equal(advice('mqtt', error), expected, error.message);
});
