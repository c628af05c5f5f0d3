/** Why a connection failed, as one typed error, and the one place where other errors get their alert. */
import { DecodeError } from '../bytes/errors.ts';
import { CertificateError, type CertificateProblem } from '../x509/errors.ts';
import type { AlertDescription } from './alert.ts';

/** Who ended it: this client, the server with an alert, or the network without any word. */
export type ErrorOrigin = 'local' | 'peer' | 'transport';

/** A connection that failed. None of its texts holds a secret. */
export class TlsError extends Error {
  /** The alert sent (origin local) or received (origin peer); null if there was none. */
  readonly alert: AlertDescription | null;
  readonly origin: ErrorOrigin;
  /** The message or record in question, such as `ServerHello`. */
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  /** The error of another layer that was the cause, such as a CertificateError. */
  readonly underlying: unknown;

  constructor(
    alert: AlertDescription | null,
    where: string,
    expected: string,
    received: string,
    origin: ErrorOrigin = 'local',
    underlying: unknown = null,
  ) {
    super(`${where}: expected ${expected}, got ${received}`);
    this.name = 'TlsError';
    this.alert = alert;
    this.origin = origin;
    this.where = where;
    this.expected = expected;
    this.received = received;
    this.underlying = underlying;
  }
}

/** All others are a bad_certificate, a wrong name too: RFC 5246 has no alert for that. */
const CERTIFICATE_ALERTS: Partial<Record<CertificateProblem, AlertDescription>> = {
  expired: 'certificate_expired',
  not_yet_valid: 'certificate_expired',
  unknown_issuer: 'unknown_ca',
  unsupported: 'unsupported_certificate',
  wrong_usage: 'unsupported_certificate',
};

/**
 * The one map from what was thrown to the alert that is sent for it (RFC 5246, section 7.2.2).
 * @param where the message that was being handled
 */
export function toTlsError(error: unknown, where: string): TlsError {
  if (error instanceof TlsError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof DecodeError) {
    return new TlsError('decode_error', where, 'exact lengths', text, 'local', error);
  }
  if (error instanceof CertificateError) {
    return new TlsError(
      CERTIFICATE_ALERTS[error.reason] ?? 'bad_certificate',
      where,
      'a trusted chain',
      text,
      'local',
      error,
    );
  }
  return new TlsError('internal_error', where, 'no fault here', text, 'local', error);
}
