/**
 * Explains in plain words what is wrong with a server's certificates, and what to make or send instead. Most certificates
 * that are refused were made at home, by recipes that omit something that clients need today.
 */
import { X509Certificate } from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { CertificateError } from '../../src/index.ts';
import { AWS_ALPN } from '../config/aws.ts';
import { isAws, type BoardConfig } from '../config/config.ts';
import { nameForPeople } from '../lib/names.ts';

const INTERCEPTED = "something in between (proxy, virus scanner) replaces the server's certificate by its own";

/** @param chain the server's certificates as far as they arrived, DER, its own first */
export function chainCauses(error: CertificateError, config: BoardConfig, chain: readonly Uint8Array[]): string[] {
  const { host } = config.endpoint;
  const [leaf] = chain.map(parse);
  const isLeaf = error.message.startsWith('leaf');
  const remake = isAws(config) ? [] : [`make it anew: ${remakeCommand(host)}`];
  switch (error.reason) {
    case 'expired':
    case 'not_yet_valid':
      return ["this PC's clock is wrong", "the server's certificate was not renewed in time"];
    case 'wrong_name':
      return [...nameCauses(leaf, host), ...remake, INTERCEPTED];
    case 'unknown_issuer':
      return [...issuerCauses(chain, config), INTERCEPTED];
    case 'bad_signature':
      return [
        'tls.anchors holds a root of the same name with another key: the authority was made anew; take its new file',
        INTERCEPTED,
      ];
    case 'unsupported':
      if (/version 1,/.test(error.message)) {
        return [
          `${isLeaf ? "the server's certificate" : 'a certificate of the chain'} is of version 1, as openssl x509 -req ` +
            'makes them without -extfile: it cannot name the host',
          ...remake,
        ];
      }
      return [`${whose(error)} has something that the board does not know: ${detail(error)}`, ...remake];
    case 'weak':
      return [`${whose(error)} has a signature by SHA-1 or MD5, or an RSA key below 2048 bits`, ...remake];
    case 'wrong_usage':
      return [`${whose(error)} may not be used for a server: ${detail(error)}`, ...remake];
    case 'not_a_ca':
      return [
        'a certificate of the chain signed another one but is not an authority; make the authority anew: ' +
          "openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=Home CA' -keyout ca.key -out ca.crt",
      ];
    case 'path_too_long':
    case 'too_complex':
      return ['the server sends more certificates than are needed: it should send its own and the intermediates'];
    case 'malformed':
      return [`${whose(error)} is not written as RFC 5280 has it: ${detail(error)}`, ...remake, INTERCEPTED];
  }
}

/** The problem without the words for the certificate and for the kind of problem. */
function detail({ message, reason }: CertificateError): string {
  return message.replace(new RegExp(`^.*?${reason}, `), '');
}

function whose({ message }: CertificateError): string {
  return message.startsWith('leaf') ? "the server's certificate" : "a certificate above the server's";
}

/** The command that signs the server's request again, with its name where clients look for it. */
function remakeCommand(host: string): string {
  const name = isIPv4(host) ? `IP:${host}` : `DNS:${host}`;
  return (
    `printf 'subjectAltName=${name}\\nextendedKeyUsage=serverAuth\\n' > san.ext; openssl x509 -req -in server.csr ` +
    '-CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -sha256 -extfile san.ext -out server.crt'
  );
}

function parse(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der);
  } catch {
    return null;
  }
}

function nameCauses(leaf: X509Certificate | null, host: string): string[] {
  const names = leaf?.subjectAltName;
  if (leaf !== null && names === undefined) {
    const only = /^CN=/m.test(leaf.subject)
      ? `only a common name, ${nameForPeople(leaf.raw)}, which no longer counts`
      : 'no name at all';
    return [`the server's certificate has no subjectAltName, and ${only} (RFC 9525)`];
  }
  const listed = names?.replaceAll('DNS:', '').replaceAll('IP Address:', '') ?? 'another';
  return [`endpoint.host is ${host}, but the server's certificate is for ${listed}: set endpoint.host to that`];
}

function issuerCauses(chain: readonly Uint8Array[], config: BoardConfig): string[] {
  if (isAws(config)) {
    const isOwn =
      config.endpoint.alpn === AWS_ALPN ? ', and a custom domain may have a certificate of another authority' : '';
    return [`tls.anchors does not hold the root of this endpoint: "aws" stands for all of Amazon's${isOwn}`];
  }
  const last = parse(chain[chain.length - 1]);
  if (last === null) return ['tls.anchors does not hold the root of this endpoint'];
  const issuer = last.issuer as string | undefined;
  const name = /^CN=(.*)$/m.exec(issuer ?? '')?.[1] ?? issuer?.replaceAll('\n', ', ') ?? 'nobody';
  if (issuer === (last.subject as string | undefined)) {
    return [`tls.anchors does not hold ${name}, the root that the server shows: name its file there`];
  }
  const alone =
    chain.length === 1
      ? [
          `the server sends its own certificate alone, and ${name}, which signed it, is an intermediate: have the broker send ` +
            'both (cat server.crt intermediate.crt > chain.crt, and name chain.crt as its certificate)',
        ]
      : [];
  return [`tls.anchors does not hold ${name}, which signed the last certificate that the server sends`, ...alone];
}
