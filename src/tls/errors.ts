/** Why a connection failed, as one typed error, and the one place where what was thrown gets its alert. */
import { DecodeError } from '../bytes/errors.ts';
import { CertificateError, type CertificateProblem } from '../x509/errors.ts';
import type { AlertDescription } from './alert.ts';

/** Who ended it: this client, the server with an alert, or the network without any word. */
export type ErrorOrigin = 'local' | 'peer' | 'transport';

/** Stands for `where` until toTlsError() adds it. */
const UNKNOWN = '';

export interface TlsErrorDetails {
  /** The message or record in question, such as `ServerHello`. */
  where: string;
  expected: string;
  received: string;
  /** The alert sent (origin local) or received (origin peer); null, or absent, if there was none. */
  alert?: AlertDescription | null;
  /** `local` unless given. */
  origin?: ErrorOrigin;
  /** The error of another layer behind it, such as a CertificateError. */
  underlying?: unknown;
}

/** A connection that failed. None of its texts holds a secret. The fields are those of TlsErrorDetails. */
export class TlsError extends Error {
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  readonly alert: AlertDescription | null;
  readonly origin: ErrorOrigin;
  readonly underlying: unknown;

  constructor({ where, expected, received, alert = null, origin = 'local', underlying = null }: TlsErrorDetails) {
    super(`${where}: expected ${expected}, got ${received}`);
    this.name = 'TlsError';
    this.where = where;
    this.expected = expected;
    this.received = received;
    this.alert = alert;
    this.origin = origin;
    this.underlying = underlying;
  }
}

/** Refuses what came, with a fatal alert (RFC 5246, section 7.2.2). toTlsError() adds the message's name. */
export function refuse(alert: AlertDescription, expected: string, received: string | number): never {
  throw new TlsError({ where: UNKNOWN, expected, received: `${received}`, alert });
}

/** Refuses a message that is not the one awaited. */
export function refuseMessage(expected: string, received: string): never {
  refuse('unexpected_message', expected, received);
}

/** Refuses a field whose length or range is wrong. */
export function refuseCoding(expected: string, received: string | number): never {
  refuse('decode_error', expected, received);
}

/** Refuses a field that is right in itself, but not here. */
export function refuseValue(expected: string, received: string | number): never {
  refuse('illegal_parameter', expected, received);
}

/**
 * The one map from what was thrown to the alert that is sent for it.
 * @param where the message or record that was being handled
 */
export function toTlsError(error: unknown, where: string): TlsError {
  if (error instanceof TlsError) {
    const { expected, received, alert } = error;
    return error.where === UNKNOWN ? new TlsError({ where, expected, received, alert }) : error;
  }
  const text = error instanceof Error ? error.message : String(error);
  const [alert, expected]: [AlertDescription, string] =
    error instanceof DecodeError
      ? ['decode_error', 'exact lengths']
      : error instanceof CertificateError
        ? [certificateAlert(error.reason), 'a trusted chain']
        : ['internal_error', 'no fault here'];
  return new TlsError({ where, expected, received: text, alert, underlying: error });
}

/** RFC 5246, section 7.2.2. */
function certificateAlert(reason: CertificateProblem): AlertDescription {
  if (reason === 'expired' || reason === 'not_yet_valid') return 'certificate_expired';
  if (reason === 'unsupported' || reason === 'wrong_usage') return 'unsupported_certificate';
  // The bytes are no certificate at all, rather than a bad one.
  if (reason === 'malformed') return 'decode_error';
  // All others are bad certificates. So is one with a wrong name, for which RFC 5246 has no alert of its own.
  return reason === 'unknown_issuer' ? 'unknown_ca' : 'bad_certificate';
}
