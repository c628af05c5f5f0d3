/** Alerts, by which either side says that it ends the connection, and why (RFC 5246, section 7.2). */
import type { AlertDescription, KnownAlert } from './alertDescription.ts';
import { refuseCoding, refuseValue } from './errors.ts';

/** Numbers of RFC 5246, section 7.2, RFC 6066, section 9 (112) and RFC 7301, section 3.2 (120). */
const NUMBERS: Record<KnownAlert, number> = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  record_overflow: 22,
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  user_canceled: 90,
  no_renegotiation: 100,
  unsupported_extension: 110,
  unrecognized_name: 112,
  no_application_protocol: 120,
};

export interface Alert {
  fatal: boolean;
  description: AlertDescription;
}

/** The two bytes of an alert: close_notify is a warning, all others that this client sends are fatal. */
export function alertBytes(description: AlertDescription): Uint8Array {
  return new Uint8Array([description === 'close_notify' ? 1 : 2, NUMBERS[description as KnownAlert]]);
}

/**
 * Reads a record of alerts. One alert fills one record: no implementation splits or joins them.
 * @throws TlsError if it is not two bytes, or its level neither warning nor fatal
 */
export function parseAlert(bytes: Uint8Array): Alert {
  const [level, number] = bytes;
  if (bytes.length !== 2) refuseCoding('2 bytes', bytes.length);
  if (level !== 1 && level !== 2) refuseValue('level 1 or 2', level);
  return { fatal: level === 2, description: alertName(number) };
}

export function alertName(number: number): AlertDescription {
  const known = Object.keys(NUMBERS).find((name) => NUMBERS[name as KnownAlert] === number);
  return (known as KnownAlert | undefined) ?? `alert_${number}`;
}
