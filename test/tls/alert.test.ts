import assert from 'node:assert/strict';
import test from 'node:test';
import { DecodeError } from '../../src/bytes/errors.ts';
import { alertBytes, alertName, parseAlert } from '../../src/tls/alert.ts';
import { TlsError } from '../../src/tls/errors.ts';
import { toTlsError } from '../../src/tls/failure.ts';
import { CertificateError, type CertificateProblem } from '../../src/x509/errors.ts';
import { assertRefused } from '../support/tls/refusal.ts';

test('alerts have the numbers of RFC 5246, 6066 and 7301', () => {
  const known = [0, 10, 20, 22, 40, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 70, 71, 80, 90, 100, 110, 112, 120];
  for (let number = 0; number < 256; number++) {
    const name = alertName(number);
    assert.equal(name === `alert_${number}`, !known.includes(number), name);
    if (known.includes(number)) assert.equal(alertBytes(name)[1], number);
  }
  assert.equal(alertName(48), 'unknown_ca');
  assert.equal(alertName(70), 'protocol_version');
});

test('close_notify is a warning, everything else that is sent is fatal', () => {
  assert.deepEqual([...alertBytes('close_notify')], [1, 0]);
  assert.deepEqual([...alertBytes('bad_record_mac')], [2, 20]);
});

test('alerts are read with their level', () => {
  assert.deepEqual(parseAlert(new Uint8Array([1, 90])), { fatal: false, description: 'user_canceled' });
  assert.deepEqual(parseAlert(new Uint8Array([2, 200])), { fatal: true, description: 'alert_200' });
});

test('split, joined and levelless alerts are refused', () => {
  assertRefused(() => parseAlert(new Uint8Array(0)), 'decode_error', /message: expected 2 bytes, got 0/);
  assertRefused(() => parseAlert(new Uint8Array([1])), 'decode_error', /got 1/);
  assertRefused(() => parseAlert(new Uint8Array([1, 0, 1, 0])), 'decode_error', /got 4/);
  assertRefused(() => parseAlert(new Uint8Array([0, 0])), 'illegal_parameter', /level 1 or 2, got 0/);
  assertRefused(() => parseAlert(new Uint8Array([42, 0])), 'illegal_parameter', /got 42/);
});

test('every kind of error is mapped to its alert', () => {
  const alerts: Record<CertificateProblem, string> = {
    malformed: 'decode_error',
    unsupported: 'unsupported_certificate',
    weak: 'bad_certificate',
    expired: 'certificate_expired',
    not_yet_valid: 'certificate_expired',
    unknown_issuer: 'unknown_ca',
    bad_signature: 'bad_certificate',
    wrong_name: 'bad_certificate',
    wrong_usage: 'unsupported_certificate',
    not_a_ca: 'bad_certificate',
    path_too_long: 'bad_certificate',
    too_complex: 'bad_certificate',
  };
  for (const [reason, alert] of Object.entries(alerts)) {
    const cause = new CertificateError(reason as CertificateProblem, 'leaf: so it is');
    const error = toTlsError(cause, 'Certificate');
    assert.equal(error.alert, alert, reason);
    assert.equal(error.underlying, cause);
    assert.equal(error.message, 'Certificate: expected a trusted chain, got leaf: so it is');
  }
  assert.equal(toTlsError(new DecodeError('extensions: 1 bytes too many'), 'ServerHello').alert, 'decode_error');
  assert.equal(toTlsError(new RangeError('a fault'), 'ServerHello').alert, 'internal_error');
  assert.equal(toTlsError('thrown', 'ServerHello').received, 'thrown');
  const own = new TlsError({ where: 'record', expected: 'less', received: 'more', alert: 'record_overflow' });
  assert.equal(toTlsError(own, 'ServerHello'), own);
  assert.equal(own.name, 'TlsError');
  assert.ok(own instanceof Error);
});
