/**
 * Whether a certificate is for a host (RFC 9525, section 6; RFC 5280, section 4.2.1.6): by the dNSNames of its
 * subjectAltName, or by an iPAddress for a host that is an IPv4 address. The subject's common name does not count.
 */
import { toBinaryString } from '../bytes/encoding.ts';
import { DerReader } from './der.ts';
import { CertificateError } from './errors.ts';

/** Context tags of GeneralName. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** A name takes the board 0.6 ms; AWS's certificate manager allows 100. */
const MAX_NAMES = 256;

/**
 * @param subjectAltNames the GeneralNames of a certificate, one DER element after the other; null if it has none
 * @param host a DNS name in A-labels, in any case, with or without a dot at its end; or an IPv4 address
 * @param what which certificate this is, the beginning of every message
 * @throws CertificateError 'wrong_name' unless one of the names is for the host, 'malformed'
 */
export function checkHost(subjectAltNames: Uint8Array | null, host: string, what: string): void {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  // No group that repeats, for which the engine's matcher would recurse: hence empty labels apart.
  if (!/^[a-z\d.-]+$/.test(wanted) || `.${wanted}.`.indexOf('..') >= 0) {
    throw new CertificateError('wrong_name', `${what}: host expected as DNS name (A-labels) or IPv4 address`);
  }
  const isAddress = /^[\d.]+$/.test(wanted);
  const names: string[] = [];
  const reader = new DerReader(subjectAltNames ?? new Uint8Array(0), what);
  let count = 0;
  for (let tag = reader.peek(); tag !== undefined; tag = reader.peek()) {
    if (++count > MAX_NAMES) reader.fail('subjectAltName', `more than ${MAX_NAMES} names`);
    if ((tag & 0xc0) !== 0x80) reader.fail('GeneralName', `expected a context tag, got ${tag.toString(16)}`);
    const octets = reader.contents(tag, 'GeneralName');
    if (tag === IP_ADDRESS && isAddress && octets.length === 4) names.push(octets.join('.'));
    if (tag !== DNS_NAME) continue;
    const name = toBinaryString(octets);
    // An IA5String of graphic characters. A NUL has cut names short in verifiers that took them for C strings.
    if (!/^[!-~]+$/.test(name)) reader.fail('dNSName', 'expected ASCII without blanks and NUL');
    if (!isAddress) names.push(name.toLowerCase());
  }
  for (const name of names) if (matchesHost(name, wanted)) return;
  const got = names.length === 0 ? 'no such names' : names.join(', ').slice(0, 80);
  throw new CertificateError('wrong_name', `${what}: expected one for ${wanted}, got ${got}`);
}

/**
 * RFC 9525, section 6.3: `*` stands for exactly one label, the left-most, and only as the whole of it; two labels
 * at least must follow. Both names in lower case.
 */
export function matchesHost(name: string, host: string): boolean {
  const dot = host.indexOf('.');
  return name === host || (dot > 0 && name === `*${host.slice(dot)}` && host.indexOf('.', dot + 1) > 0);
}
