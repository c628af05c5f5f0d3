/** What a person can do about a failure, where its own message does not say. */
import { TlsError } from '../src/index.ts';
import type { LogArea } from './log.ts';

/** @returns words to be put behind the message, or nothing */
export function advice(area: LogArea, error: Error): string {
  if (area === 'wifi') return '; check name and password; 2.4 GHz only';
  if (area === 'time') return '; does the router let UDP port 123 through?';
  if (area === 'tcp') return '; check endpoint.host and endpoint.port';
  if (!(error instanceof TlsError)) return '';
  const { origin, alert, expected } = error;
  if (origin === 'peer') {
    // Before its ServerHello nobody has shown a certificate.
    return expected === 'ServerHello'
      ? '; check endpoint.host; TLS 1.2, ECDHE, AES-128-GCM only'
      : '; is the device certificate active, and known to this endpoint?';
  }
  if (origin === 'transport') return '; check endpoint.host and the device certificate';
  return alert === 'unknown_ca' ? '; tls.anchors does not fit this endpoint' : '';
}
