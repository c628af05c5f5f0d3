import { X509Certificate } from 'node:crypto';

/** A certificate's subject in short: its common name, else its organizational unit or whole name. */
export function nameForPeople(der: Uint8Array): string {
  const { subject, subjectAltName, serialNumber } = new X509Certificate(der);
  // An empty subject is undefined, whatever Node's types say.
  const lines = ((subject as string | undefined) ?? '').split('\n').filter((line) => line !== '');
  const attributes = new Map(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  const whole =
    lines.join(', ') || (subjectAltName?.split(', ')[0] ?? `certificate ${serialNumber}, which has no name`);
  return attributes.get('CN') ?? attributes.get('OU') ?? whole;
}
