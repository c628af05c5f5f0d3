import { X509Certificate } from 'node:crypto';

/** A certificate's subject in short: its common name, else its organizational unit or whole name. */
export function nameForPeople(der: Uint8Array): string {
  const { subject } = new X509Certificate(der);
  const attributes = new Map(subject.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  return attributes.get('CN') ?? attributes.get('OU') ?? subject.replaceAll('\n', ', ');
}
