import { X509Certificate } from 'node:crypto';

/** A short name for a certificate's subject: its common name, or its organizational unit, or the whole name. */
export function nameForPeople(der: Uint8Array): string {
  const { subject, subjectAltName, serialNumber } = new X509Certificate(der);
  // Node returns undefined for an empty subject, although its types say string.
  const lines = ((subject as string | undefined) ?? '').split('\n').filter((line) => line !== '');
  const attributes = new Map(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const whole =
    lines.join(', ') || (subjectAltName?.split(', ')[0] ?? `certificate ${serialNumber}, which has no name`);
  return attributes.get('CN') ?? attributes.get('OU') ?? whole;
}
