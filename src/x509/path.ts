/**
 * From a server's certificate to an anchor (RFC 5280, section 6.1): certificates may come in any order and among any
 * others, the first anchor met ends the path. Work is bounded whatever was sent: names are compared before anything is
 * parsed, everything else is checked before a signature is, and only so many issuers are tried.
 */
import { equalBytes, toBinaryString } from '../bytes/encoding.ts';
import { digestSteps } from '../crypto/hashName.ts';
import type { Steps } from '../steps.ts';
import type { TrustAnchor } from './anchor.ts';
import { type Certificate, parseCertificate, peekSubject } from './certificate.ts';
import { CertificateError, refuse } from './errors.ts';
import { checkAuthority, DIGITAL_SIGNATURE } from './extensions.ts';
import { checkHost } from './hostname.ts';
import type { PublicKey } from './publicKey.ts';
import { signatureAlgorithm, verifySignature } from './signature.ts';

export type { TrustAnchor };

export interface VerifiedChain {
  leaf: Certificate;
  /** From the leaf to the certificate that the anchor signed. */
  path: Certificate[];
  anchor: TrustAnchor;
}

/** Certificates that are looked at, of those sent; AWS sends 4. */
const MAX_CERTIFICATES = 32;
/** Issuers tried, fitting or not, before giving up: a signature takes the board up to 3 s (P-384). */
const MAX_ISSUERS = 12;

/** A certificate that was sent and may be an issuer's. */
interface Sent {
  der: Uint8Array;
  /** Null if it is no certificate, or stands on a path already. */
  subject: Uint8Array | null;
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
  if (certificates.length === 0) refuse('malformed', 'leaf', 'expected a certificate');
  const leaf = parseCertificate(certificates[0], 'leaf');
  checkCertificate(leaf, time);
  // RFC 5246, section 7.4.2: if keyUsage is there, a key that signs the key exchange must have this bit.
  if ((leaf.keyUsage & DIGITAL_SIGNATURE) === 0) refuse('wrong_usage', 'leaf', 'expected digitalSignature');
  checkHost(leaf.subjectAltNames, host, 'leaf');
  yield;
  const sent = certificates.slice(1, MAX_CERTIFICATES).map((der): Sent => ({ der, subject: peekSubject(der) }));
  // Shortest paths first; each certificate extends one path only, so that cycles end and forks do not multiply.
  const paths = [[leaf]];
  let tried = 0;
  let problem: unknown = null;
  for (const path of paths) {
    const certificate = path[path.length - 1];
    const { what, issuer: name } = certificate;
    const known = paths.length;
    let digest: Uint8Array | null = null;
    for (let i = 0; i < anchors.length + sent.length; i++) {
      const anchor: TrustAnchor | undefined = anchors[i];
      const other: Sent | undefined = sent[i - anchors.length];
      const { subject } = anchor ?? other;
      if (subject === null || !equalBytes(subject, name)) continue;
      tried += 1;
      if (tried > MAX_ISSUERS) refuse('too_complex', what, `more than ${MAX_ISSUERS} issuers`);
      yield;
      try {
        if (anchor !== undefined) {
          digest ??= yield* digestOf(certificate);
          yield* checkSignature(certificate, digest, anchor.publicKey);
          return { leaf, path, anchor };
        }
        const issuer = parseIssuer(other.der, path, time);
        digest ??= yield* digestOf(certificate);
        yield* checkSignature(certificate, digest, issuer.publicKey);
        other.subject = null;
        paths.push([...path, issuer]);
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        problem ??= error;
      }
    }
    if (paths.length === known) {
      problem ??= new CertificateError('unknown_issuer', `${what}: unknown_issuer, ${commonName(name)}`);
    }
  }
  throw problem;
}

/** Parses a certificate that may have issued the last one of `path`, and checks that it might. @throws CertificateError */
function parseIssuer(der: Uint8Array, path: readonly Certificate[], time: number): Certificate {
  const what = `issuer ${path.length}`;
  const certificate = parseCertificate(der, what);
  checkCertificate(certificate, time);
  checkAuthority(certificate, what);
  // Section 6.1.4 (l): what a CA issues to itself does not count, nor does the leaf.
  const below = path.filter(({ subject, issuer }, i) => i > 0 && !equalBytes(subject, issuer)).length;
  const { pathLength } = certificate;
  if (below > pathLength) refuse('path_too_long', what, `expected ${pathLength} CAs below, got ${below}`);
  return certificate;
}

/** Checks what must hold for each certificate of a path. @throws CertificateError */
function checkCertificate({ what, notBefore, notAfter, serverAuth }: Certificate, time: number): void {
  // RFC 5280, section 6.1.3 (a) (2).
  if (time < notBefore) refuse('not_yet_valid', what, `from ${iso(notBefore)}, now ${iso(time)}`);
  // Validity is in whole seconds, the last one included (section 4.1.2.5).
  if (time >= notAfter + 1000) refuse('expired', what, `until ${iso(notAfter)}, now ${iso(time)}`);
  // RFC 5280 leaves open what extendedKeyUsage means in a CA; all others take it to limit what is issued.
  if (!serverAuth) refuse('wrong_usage', what, 'expected serverAuth');
}

/** Of what is signed. For its size, it takes longer than most signatures. @throws CertificateError */
function digestOf({ what, tbs, algorithm }: Certificate): Steps<Uint8Array> {
  return digestSteps(signatureAlgorithm(algorithm, what).hash, tbs);
}

/** @throws CertificateError unless the owner of `key` signed the certificate, whose digest is `digest` */
function* checkSignature(certificate: Certificate, digest: Uint8Array, key: PublicKey): Steps<void> {
  const { what, signature, issuer } = certificate;
  const algorithm = signatureAlgorithm(certificate.algorithm, what);
  if (!(yield* verifySignature(key, algorithm, digest, signature))) refuse('bad_signature', what, commonName(issuer));
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** The common name in the DER of a Name, for messages; what is not printable ASCII as `?`. */
function commonName(name: Uint8Array): string {
  const text = toBinaryString(name);
  // id-at-commonName, 2.5.4.3; behind it a string's tag and length.
  const at = text.lastIndexOf('\x06\x03\x55\x04\x03') + 5;
  return at < 5 ? 'no name' : text.substr(at + 2, text.charCodeAt(at + 1)).replace(/[^ -~]/g, '?');
}
