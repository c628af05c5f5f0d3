/** Why a connection failed, as one typed error. */
import type { AlertDescription } from './alertDescription.ts';

/** The side that ended the connection: this client, the server with an alert, or the network without any word. */
export type ErrorOrigin = 'local' | 'peer' | 'transport';

/** Stands for `where` until `toTlsError()` of `failure.ts` adds it. */
export const UNKNOWN = '';

export interface TlsErrorDetails {
  /** The message or record in question, such as `ServerHello`. */
  where: string;
  expected: string;
  received: string;
  /** The alert sent (origin local) or received (origin peer); null, or absent, if there was none. */
  alert?: AlertDescription | null;
  /** `local` unless given. */
  origin?: ErrorOrigin;
  /** The error of another layer that caused it, such as a CertificateError. */
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
