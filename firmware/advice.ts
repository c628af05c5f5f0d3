/** Advice for failures whose message does not say what a person can do. */
import { TlsError } from '../src/index.ts';
import type { MqttError } from '../src/mqtt/index.ts';
import type { LogArea } from './log.ts';

/** @returns words to append to the message; empty if there is nothing to add */
export function advice(area: LogArea, error: Error): string {
  if (area === 'wifi') return '; check name and password; 2.4 GHz only';
  if (area === 'time') return '; does the router let UDP port 123 through?';
  if (area === 'tcp') return '; check endpoint.host and endpoint.port';
  if (area === 'mqtt') return mqttAdvice(error);
  if (!(error instanceof TlsError)) return '';
  const { origin, alert, expected } = error;
  if (origin === 'peer') {
    // Before the ServerHello neither side has shown a certificate.
    if (expected === 'ServerHello') return '; check endpoint.host; TLS 1.2, ECDHE, AES-128-GCM only';
    return alert === 'illegal_parameter'
      ? '; does the server take device keys on P-256?'
      : '; is the device certificate active, and known to this endpoint?';
  }
  if (origin === 'transport') return '; check endpoint.host and the device certificate';
  return alert === 'unknown_ca' ? '; tls.anchors does not fit this endpoint' : '';
}

/** An error of the TCP connection has neither of the two fields. */
function mqttAdvice({ problem, returnCode }: Partial<MqttError>): string {
  if (problem === 'closed') return '; check policy, twin client id';
  if (problem === 'closed_before_connack') return '; check policy, client id';
  if (returnCode === 2) return '; change "thing"';
  return returnCode === 5 || returnCode === 7 ? '; check its policy' : '';
}
