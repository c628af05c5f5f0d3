/**
 * From a server's certificate to an anchor (RFC 5280, section 6.1): certificates may come in any order and among any
 * others, the first anchor met ends the path. Work is bounded whatever was sent: names are compared before anything is
 * parsed, everything else is checked before a signature is, and only so many signatures are tried.
 */
import { equalBytes, toBinaryString } from '../bytes/encoding.ts';
import { digestSteps } from '../crypto/hashName.ts';
import type { Steps } from '../steps.ts';
import type { TrustAnchor } from './anchor.ts';
import { type Certificate, parseCertificate, peekSubject } from './certificate.ts';
import { CertificateError } from './errors.ts';
import { allows, checkAuthority, DIGITAL_SIGNATURE } from './extensions.ts';
import { checkHost } from './hostname.ts';
import type { PublicKey } from './publicKey.ts';
import { type SignatureAlgorithm, signatureAlgorithm, verifySignature } from './signature.ts';

export type { TrustAnchor };

export interface VerifiedChain {
  leaf: Certificate;
  /** From the leaf to the certificate that the anchor signed. */
  path: Certificate[];
  anchor: TrustAnchor;
}

/** Certificates that are looked at, of those sent; AWS sends 4. */
const MAX_CERTIFICATES = 32;
/** Certificates on a path, the leaf included and the anchor not. */
const MAX_PATH = 6;
/** Issuers tried, fitting or not, before giving up: each may cost the board a digest of 0.3 s and a signature of 0.8 s. */
const MAX_ISSUERS = 10;

/** A certificate on the path that is being tried. */
interface Link {
  /** Its name in messages: `leaf`, `issuer 1`. */
  what: string;
  certificate: Certificate;
  algorithm: SignatureAlgorithm;
  /** Where in what was sent. */
  index: number;
  /** Of its tbsCertificate; null until a signature is to be verified. */
  digest: Uint8Array | null;
  /** Which issuer to try next: first the anchors, then what was sent. */
  next: number;
}

/**
 * Verifies what a server sent in its Certificate message.
 * @param certificates DER; the server's own first, the others in any order
 * @param options.host as `checkHost()` takes it
 * @param options.time ms since 1970
 * @throws CertificateError for the first thing found wrong on the way
 */
export function* verifyServerChain(
  certificates: readonly Uint8Array[],
  options: { anchors: readonly TrustAnchor[]; host: string; time: number },
): Steps<VerifiedChain> {
  const { anchors, host, time } = options;
  if (certificates.length === 0) throw new CertificateError('malformed', 'leaf: expected a certificate, got none');
  const path = [openLink(certificates, 0, 'leaf', time)];
  const leaf = path[0].certificate;
  if (!allows(leaf, DIGITAL_SIGNATURE)) {
    throw new CertificateError('wrong_usage', 'leaf: expected digitalSignature in keyUsage');
  }
  checkHost(leaf.subjectAltNames, host, 'leaf');
  yield;
  const subjects = certificates.slice(0, MAX_CERTIFICATES).map(peekSubject);
  let problem: CertificateError | null = null;
  let tried = 0;
  for (;;) {
    const link = path[path.length - 1];
    const { issuer } = link.certificate;
    const anchor: TrustAnchor | undefined = anchors[link.next];
    const index = link.next - anchors.length;
    link.next += 1;
    if (index >= subjects.length) {
      problem ??= new CertificateError(
        'unknown_issuer',
        `${link.what}: no anchor or certificate ${commonName(issuer)}`,
      );
      path.pop();
      if (path.length === 0) throw problem;
      continue;
    }
    const subject = anchor === undefined ? subjects[index] : anchor.subject;
    if (subject === null || !equalBytes(subject, issuer) || path.some((other) => other.index === index)) continue;
    if (tried === MAX_ISSUERS)
      throw new CertificateError('too_complex', `${link.what}: ${tried} issuers tried in vain`);
    tried += 1;
    yield;
    try {
      if (anchor !== undefined) {
        yield* checkSignature(link, anchor.publicKey);
        return { leaf, path: path.map(({ certificate }) => certificate), anchor };
      }
      const next = openLink(certificates, index, `issuer ${path.length}`, time);
      checkIssuer(next, path);
      yield* checkSignature(link, next.certificate.publicKey);
      path.push(next);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      problem ??= error;
    }
  }
}

/** Parses a certificate and checks what must hold wherever it stands on a path. @throws CertificateError */
function openLink(certificates: readonly Uint8Array[], index: number, what: string, time: number): Link {
  const certificate = parseCertificate(certificates[index], what);
  const { serialNumber, notBefore, notAfter } = certificate;
  // Section 4.1.2.2. An anchor may have 0: Starfield's root does.
  if (serialNumber.length === 1 && serialNumber[0] === 0) {
    throw new CertificateError('malformed', `${what}: expected a serialNumber above 0`);
  }
  if (time < notBefore) {
    throw new CertificateError('not_yet_valid', `${what}: valid from ${iso(notBefore)}, now ${iso(time)}`);
  }
  // Validity is in whole seconds, the last one included (section 4.1.2.5).
  if (time >= notAfter + 1000) {
    throw new CertificateError('expired', `${what}: valid until ${iso(notAfter)}, now ${iso(time)}`);
  }
  // RFC 5280 leaves open what extendedKeyUsage means in a CA; all others take it to limit what is issued.
  if (!certificate.serverAuth) {
    throw new CertificateError('wrong_usage', `${what}: expected serverAuth in extendedKeyUsage`);
  }
  const algorithm = signatureAlgorithm(certificate.algorithm, what);
  return { what, certificate, algorithm, index, digest: null, next: 0 };
}

/** Checks that a certificate may issue the last one of `path`, but for the signature. @throws CertificateError */
function checkIssuer({ what, certificate }: Link, path: readonly Link[]): void {
  if (path.length === MAX_PATH) throw new CertificateError('too_complex', `${what}: path longer than ${MAX_PATH}`);
  checkAuthority(certificate, what);
  // Section 6.1.4 (l): what a CA issues to itself does not count, nor does the leaf.
  const between = path.slice(1).filter(({ certificate: { subject, issuer } }) => !equalBytes(subject, issuer)).length;
  if (between > certificate.pathLength) {
    throw new CertificateError(
      'path_too_long',
      `${what}: expected ${certificate.pathLength} CAs below, got ${between}`,
    );
  }
}

/** @throws CertificateError ('bad_signature') unless the owner of `key` signed the certificate of `link` */
function* checkSignature(link: Link, key: PublicKey): Steps<void> {
  const { what, algorithm, certificate } = link;
  link.digest ??= yield* digestSteps(algorithm.hash, certificate.tbs);
  if (yield* verifySignature(key, algorithm, link.digest, certificate.signature)) return;
  throw new CertificateError('bad_signature', `${what}: not signed by ${commonName(certificate.issuer)}`);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The common name in the DER of a Name, for messages: in quotes, what is not printable ASCII as `?`. */
function commonName(name: Uint8Array): string {
  const text = toBinaryString(name);
  // id-at-commonName, 2.5.4.3; behind it a string's tag and length.
  const at = text.lastIndexOf('\x06\x03\x55\x04\x03') + 5;
  const value = at < 5 ? '' : text.substr(at + 2, text.charCodeAt(at + 1));
  return `"${value.replace(/[^ -~]/g, '?')}"`;
}
