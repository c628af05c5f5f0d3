/**
 * Searches a path from a server's certificate to an anchor (RFC 5280, section 6.1). It takes certificates one by one, in any
 * order and among any others. Of a certificate that may stand on the path it keeps only what it needs, of the others nothing.
 * The first anchor met ends the path. Work and memory are bounded whatever the server sends:
 * - Signatures are verified after all other checks.
 * - They are verified from the anchor down, so that a certificate without an anchor cannot make the board compute.
 * - A path that would take longer than the slowest supported one is refused before its first signature is verified.
 */
import { equalBytes, toBinaryString } from '../bytes/encoding.ts';
import type { Combs } from '../crypto/comb.ts';
import { digestSteps } from '../crypto/hashName.ts';
import type { Steps } from '../steps.ts';
import type { TrustAnchor } from './anchor.ts';
import { type Certificate, parseCertificate, peekSubject } from './certificate.ts';
import { CertificateError, refuse } from './errors.ts';
import { checkAuthority, DIGITAL_SIGNATURE } from './extensions.ts';
import { checkHost } from './hostname.ts';
import type { PublicKey } from './publicKey.ts';
import { type SignatureAlgorithm, signatureAlgorithm, verifySignature } from './signature.ts';

export type { TrustAnchor };

/** The kept data of a certificate that may stand on the path, in memory of their own. */
export interface PathCertificate {
  /** Names the certificate in messages: `leaf`, `issuer 1`. */
  what: string;
  /** ms since 1970, as in `Certificate`. */
  notBefore: number;
  notAfter: number;
  publicKey: PublicKey;
  signature: Uint8Array;
}

export interface VerifiedChain {
  leaf: PathCertificate;
  /** The certificates from the leaf to the one that the anchor signed. */
  path: PathCertificate[];
  anchor: TrustAnchor;
}

/** Most certificates of a server that the search looks at; AWS sends 4. */
const MAX_CERTIFICATES = 32;
/** Most certificates that the search keeps because they may stand on the path, the leaf among them. */
const MAX_KEPT = 6;
/** Bytes of heap that one of these takes, with a key and a signature of RSA-2048. */
const KEPT_COST = 1100;
/** Most paths that the search tries. If all kept certificates had the same name, there would be some 300. */
const MAX_PATHS = 32;
/** Most certificates that are set aside, because one of them may have issued a certificate that comes later. */
const MAX_ASIDE = 4;
/** Most bytes that these have together. */
const MAX_ASIDE_BYTES = 3072;
/**
 * ms of the board's computing for one chain, as estimated below. Three certificates signed on P-384 with SHA-384, the
 * slowest chain that is supported, take 13 s; AWS's takes 0.5 s with RSA, 2 s with P-256.
 */
export const MAX_WORK = 15_000;
/** ms that the board takes to hash a byte. */
const HASH_WORK = { 'SHA-256': 0.19, 'SHA-384': 1.2, 'SHA-512': 1.2 };
/** ms that the board takes to verify a signature. The figure of RSA is for 2048 bits. */
const VERIFY_WORK = { 'P-256': 800, 'P-384': 3000, rsa: 100 };

interface Candidate extends PathCertificate {
  /** Its distance from the leaf: 0 for the leaf itself, 1 for an issuer of the leaf. */
  depth: number;
  /** Its names, as indexes in the search's list of names. */
  subject: number;
  issuer: number;
  algorithm: SignatureAlgorithm;
  /** The digest of tbsCertificate, which the issuer signed. */
  digest: Uint8Array;
  pathLength: number;
  /** Keys with which its signature was verified, and the results. */
  tried: { key: PublicKey; isRight: boolean }[];
}

interface PathOptions {
  anchors: readonly TrustAnchor[];
  host: string;
  time: number;
  combs?: Combs;
  /** Called before signatures are verified: unless they are wrong, no more certificates are read. */
  onSignatures?: () => void;
}

/** A search for a path, which takes one certificate after the other. */
export interface PathSearch {
  /**
   * Takes the next certificate, the server's own first.
   * @returns the chain if this certificate completes it: then the rest need not be looked at
   * @throws CertificateError if no other certificate can help
   */
  take(der: Uint8Array): Steps<VerifiedChain | null>;
  /** Ends a search that has found no chain in the whole list. @throws CertificateError for the first fault that it met */
  fail(): never;
  /** Estimates the bytes that are kept of the certificates taken. */
  held(): number;
}

/**
 * Looks for a path from the certificate that a server shows to an anchor.
 * @param options.host as `checkHost()` takes it
 * @param options.time ms since 1970
 * @param options.combs for signatures on P-256
 */
export function searchPath(options: PathOptions): PathSearch {
  const { anchors, host, time, combs = [], onSignatures } = options;
  /** Names by their numbers: each is kept once. */
  const names: Uint8Array[] = [];
  const kept: Candidate[] = [];
  const aside: { der: Uint8Array; subject: Uint8Array }[] = [];
  let asideBytes = 0;
  let count = 0;
  /** ms of work done. */
  let work = 0;
  let problem: CertificateError | null = null;

  const numberOf = (name: Uint8Array): number => names.findIndex((other) => equalBytes(other, name));
  const numbered = (name: Uint8Array): number => {
    const known = numberOf(name);
    return known >= 0 ? known : names.push(name.slice()) - 1;
  };
  const anchorNames = anchors.map(({ subject }) => numbered(subject));
  /** The certificate nearest to the leaf that one of this name may have issued. */
  const issuedBy = (name: Uint8Array): Candidate | undefined => {
    const number = numberOf(name);
    return kept.find(({ issuer }) => issuer === number);
  };
  const spend = (ms: number, what: string): void => {
    work += ms;
    if (work > MAX_WORK) refuse('too_complex', what, `more than ${MAX_WORK} ms to verify`);
  };

  /** Keeps what the search needs of a certificate, and hashes it. */
  function* keep(certificate: Certificate, depth: number): Steps<void> {
    const { what, tbs, issuer, subject, publicKey, signature, notBefore, notAfter, pathLength } = certificate;
    const algorithm = signatureAlgorithm(certificate.algorithm, what);
    if (kept.length === MAX_KEPT) refuse('too_complex', what, `more than ${MAX_KEPT - 1} issuers`);
    spend(tbs.length * HASH_WORK[algorithm.hash], what);
    const digest = yield* digestSteps(algorithm.hash, tbs);
    kept.push({
      what,
      depth,
      subject: numbered(subject),
      issuer: numbered(issuer),
      publicKey: copyOf(publicKey),
      signature: signature.slice(),
      algorithm,
      digest,
      notBefore,
      notAfter,
      pathLength,
      tried: [],
    });
  }

  /** Paths from the leaf up, shorter ones first, whose names fit, and the anchors that they lead to. */
  function* find(): Steps<VerifiedChain | null> {
    const [leaf] = kept;
    const paths = [[leaf]];
    for (const path of paths) {
      const { issuer } = path[path.length - 1];
      for (let i = 0; i < anchors.length; i++) {
        if (anchorNames[i] !== issuer) continue;
        try {
          yield* verify(path, anchors[i]);
          return { leaf, path, anchor: anchors[i] };
        } catch (error) {
          note(error);
        }
      }
      for (const other of kept) {
        if (other.subject !== issuer || path.indexOf(other) >= 0) continue;
        if (paths.length < MAX_PATHS) paths.push([...path, other]);
      }
      yield;
    }
    return null;
  }

  /** Verifies a path, the anchor's signature first. @throws CertificateError */
  function* verify(path: readonly Candidate[], anchor: TrustAnchor): Steps<void> {
    checkPathLengths(path, anchor);
    const keys = path.map((_, i) => (i + 1 < path.length ? path[i + 1] : anchor).publicKey);
    const known = path.map(({ tried }, i) => tried.find(({ key }) => key === keys[i]));
    const costs = keys.map((key, i) => (known[i] === undefined ? verifyWork(key) : 0));
    spend(
      costs.reduce((sum, cost) => sum + cost),
      path[path.length - 1].what,
    );
    // It may take long, so it has a slice of its own.
    yield;
    onSignatures?.();
    yield;
    for (let i = path.length - 1; i >= 0; i--) {
      const { what, algorithm, digest, signature, tried, issuer } = path[i];
      let { isRight } = known[i] ?? { isRight: false };
      if (known[i] === undefined) {
        isRight = yield* verifySignature(keys[i], algorithm, digest, signature, combs);
        tried.push({ key: keys[i], isRight });
      }
      if (!isRight) {
        // The signatures below this one were not verified.
        for (let below = 0; below < i; below++) work -= costs[below];
        refuse('bad_signature', what, commonName(names[issuer]));
      }
    }
  }

  /** Keeps the first error, which is thrown if no path is found. @throws errors that no other certificate can make good */
  function note(error: unknown): void {
    if (!(error instanceof CertificateError) || error.reason === 'too_complex') throw error;
    problem ??= error;
  }

  // The function that reads a certificate returns before signatures are verified, so that its buffers are garbage by then.

  /** Takes the server's own certificate. */
  function* keepLeaf(der: Uint8Array): Steps<void> {
    const leaf = parseCertificate(der, 'leaf');
    checkCertificate(leaf, time);
    // RFC 5246, section 7.4.2: if keyUsage is there, a key that signs the key exchange must have this bit.
    if ((leaf.keyUsage & DIGITAL_SIGNATURE) === 0) refuse('wrong_usage', 'leaf', 'expected digitalSignature');
    checkHost(leaf.subjectAltNames, host, 'leaf');
    yield;
    yield* keep(leaf, 0);
  }

  /** Takes a certificate that may have issued `below`. @returns whether it may stand on the path */
  function* keepIssuer(der: Uint8Array, below: Candidate): Steps<boolean> {
    const depth = below.depth + 1;
    const what = `issuer ${depth}`;
    try {
      const certificate = parseCertificate(der, what);
      checkCertificate(certificate, time);
      checkAuthority(certificate, what);
      yield* keep(certificate, depth);
      return true;
    } catch (error) {
      note(error);
      return false;
    }
  }

  function* takeIssuer(der: Uint8Array, below: Candidate): Steps<VerifiedChain | null> {
    return (yield* keepIssuer(der, below)) ? yield* find() : null;
  }

  return {
    *take(der) {
      count += 1;
      if (count === 1) {
        yield* keepLeaf(der);
        return yield* find();
      }
      const subject = count > MAX_CERTIFICATES ? null : peekSubject(der);
      if (subject === null) return null;
      const below = issuedBy(subject);
      if (below === undefined) {
        if (aside.length < MAX_ASIDE && asideBytes + der.length <= MAX_ASIDE_BYTES) {
          aside.push({ der, subject });
          asideBytes += der.length;
        }
        return null;
      }
      let chain = yield* takeIssuer(der, below);
      // Certificates that came earlier may have issued this one.
      for (let at = 0; at < aside.length && chain === null; at++) {
        const other = issuedBy(aside[at].subject);
        if (other === undefined) continue;
        const [found] = aside.splice(at, 1);
        asideBytes -= found.der.length;
        chain = yield* takeIssuer(found.der, other);
        at = -1;
      }
      return chain;
    },
    fail() {
      if (kept.length === 0) refuse('malformed', 'leaf', 'expected a certificate');
      if (problem !== null) throw problem;
      const { what, issuer } = kept[kept.length - 1];
      return refuse('unknown_issuer', what, commonName(names[issuer]));
    },
    held: () => kept.length * KEPT_COST + asideBytes,
  };
}

/**
 * Verifies a list of certificates that is there as a whole.
 * @param certificates DER; the server's own first, the others in any order
 * @throws CertificateError for the first thing found wrong on the way
 */
export function* verifyServerChain(certificates: readonly Uint8Array[], options: PathOptions): Steps<VerifiedChain> {
  const search = searchPath(options);
  for (const certificate of certificates) {
    const chain = yield* search.take(certificate);
    if (chain !== null) return chain;
  }
  return search.fail();
}

/** ms. */
function verifyWork(key: PublicKey): number {
  return key.type === 'ec' ? VERIFY_WORK[key.curve] : VERIFY_WORK.rsa * (key.modulus.length / 256) ** 2;
}

function copyOf(key: PublicKey): PublicKey {
  return key.type === 'rsa' ? { ...key, modulus: key.modulus.slice() } : { ...key, point: key.point.slice() };
}

/** Checks each pathLenConstraint, the anchor's too (section 6.1.4 (m), 6.1.1). @throws CertificateError */
function checkPathLengths(path: readonly Candidate[], anchor: TrustAnchor): void {
  let below = 0;
  path.forEach(({ what, subject, issuer, pathLength }, i) => {
    if (i === 0) return;
    if (below > pathLength) refuse('path_too_long', what, `expected ${pathLength} CAs below, got ${below}`);
    // Section 6.1.4 (l): what a CA issues to itself does not count, nor does the leaf.
    if (subject !== issuer) below += 1;
  });
  const { name, pathLength = Infinity } = anchor;
  if (below > pathLength) refuse('path_too_long', name, `expected ${pathLength} CAs below, got ${below}`);
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
