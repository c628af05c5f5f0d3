/**
 * Whether a certificate is for a host (RFC 9525, section 6; RFC 5280, section 4.2.1.6): by the dNSNames of its
 * subjectAltName, or by an iPAddress for a host that is an IPv4 address. The subject's common name does not count.
 */
import { toBinaryString } from '../bytes/encoding.ts';
import { DerReader } from './der.ts';
import { refuse } from './errors.ts';

/** Context tags of GeneralName. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/**
 * @param subjectAltNames the GeneralNames of a certificate, one DER element after the other
 * @param host a DNS name in A-labels, in any case, with or without a dot at its end; or an IPv4 address
 * @param what which certificate this is; it begins every error message
 * @throws CertificateError 'wrong_name' unless one of the names is for the host, 'malformed'
 */
export function checkHost(subjectAltNames: Uint8Array, host: string, what: string): void {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const isAddress = /^[\d.]+$/.test(wanted);
  const names: string[] = [];
  const reader = new DerReader(subjectAltNames, what);
  for (let tag = reader.peek(); tag !== undefined; tag = reader.peek()) {
    const octets = reader.contents(tag);
    if ((tag & 0xc0) !== 0x80) reader.fail('GeneralName');
    if (tag === DNS_NAME) {
      const name = toBinaryString(octets);
      // An IA5String of graphic characters: verifiers that treated names as C strings have cut them at a NUL.
      if (!/^[!-~]+$/.test(name)) reader.fail('ASCII without blanks and NUL');
      if (!isAddress) names.push(name.toLowerCase());
    } else if (tag === IP_ADDRESS && isAddress && octets.length === 4) names.push(octets.join('.'));
  }
  // The pattern repeats no group, for which the engine's matcher would recurse, so empty labels are looked for separately.
  const plain = /^[a-z\d.-]+$/.test(wanted) && `.${wanted}.`.indexOf('..') < 0;
  if (!plain || !names.some((name) => matchesHost(name, wanted))) {
    refuse('wrong_name', what, `expected ${wanted}, got ${names.join(' ').slice(0, 80) || 'no such name'}`);
  }
}

/**
 * RFC 9525, section 6.3: `*` stands for exactly one label, the left-most, and only as the whole of it; two labels
 * at least must follow. Both names in lower case.
 */
export function matchesHost(name: string, host: string): boolean {
  const dot = host.indexOf('.');
  return name === host || (dot > 0 && name === `*${host.slice(dot)}` && host.indexOf('.', dot + 1) > 0);
}
