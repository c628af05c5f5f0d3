/** Turns whatever was thrown into a TlsError with its alert, when a connection fails. The board loads this code only then. */
import { DecodeError } from '../bytes/errors.ts';
import { CertificateError, type CertificateProblem } from '../x509/errors.ts';
import type { AlertDescription } from './alertDescription.ts';
import { TlsError, UNKNOWN } from './errors.ts';
import { messageName } from './messageName.ts';

/**
 * Maps every error that can be thrown to the alert that is sent for it.
 * @param handled the message or record that was being handled, or the type of that message
 */
export function toTlsError(error: unknown, handled: string | number): TlsError {
  const where = typeof handled === 'number' ? messageName(handled) : handled;
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
