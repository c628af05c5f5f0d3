/**
 * The cases in which this verifier and C2SP's x509-limbo differ, with the reasons. A case that is listed here must differ, one
 * that is not must agree: limbo.test.ts checks both. `path.test.ts` and its neighbours hold the rules themselves.
 */

export interface Deviation {
  reason: string;
  /** The result that x509-limbo expects; the verifier says the opposite. */
  expected: 'SUCCESS' | 'FAILURE';
  cases: string[];
}

/** Many cases for one reason, of which each must be refused for it, or agree. */
export const REFUSED: { reason: string; pattern: RegExp; problem: RegExp }[] = [
  {
    reason: 'BetterTLS combines name constraints with names; a CA with nameConstraints is refused, whatever they allow',
    pattern: /^bettertls::nameconstraints::/,
    problem: /: unsupported, extension 551d1e$/,
  },
];

/** Cases that ask for what a TLS client on a board does not do at all; those of servers that verify clients aside. */
export const NOT_RUN: { reason: string; pattern: RegExp }[] = [
  { reason: 'revocation lists: none are fetched or sent', pattern: /^crl::/ },
  { reason: 'a limit of the chain set by the caller: ours is fixed', pattern: /^pathlen::max-chain-depth-/ },
  { reason: 'no host name to verify', pattern: /^rfc5280::nc::permitted-dn-match$/ },
];

export const DEVIATIONS: Deviation[] = [
  {
    reason: 'certificates with nameConstraints are refused, anchors included, not honoured (extensions.ts)',
    expected: 'SUCCESS',
    cases: [
      'rfc5280::nc::permitted-dns-match',
      'rfc5280::nc::permitted-dns-match-more',
      'rfc5280::nc::permitted-ipv4-match',
      'rfc5280::nc::permitted-ipv6-match',
      'rfc5280::nc::permitted-self-issued',
      'rfc5280::nc::permitted-different-constraint-type',
      'rfc5280::nc::excluded-different-constraint-type',
      'rfc5280::nc::nc-forbids-alternate-chain-ica',
      'rfc5280::nc::nc-forbids-othername-noop',
      'webpki::nc::permitted-dns-match-noncritical',
      'webpki::nc::nc-permits-dns-san-pattern',
    ],
  },
  {
    reason: 'the bridge between four hierarchies takes 41 certificates, of which 32 are looked at (path.ts)',
    expected: 'SUCCESS',
    cases: [61, 62, 63, 64, 65, 66, 67, 68].map((number) => `bettertls::pathbuilding::tc${number}`),
  },
  {
    reason: 'the leaf is a CA whose keyUsage lacks digitalSignature, which a key must have to sign a handshake',
    expected: 'SUCCESS',
    cases: ['pathlen::validation-ignores-pathlen-in-leaf', 'rfc5280::ca-as-leaf'],
  },
  {
    reason: 'what RFC 5280 asks of a CA that writes key identifiers, and of nobody who reads them; they are not read',
    expected: 'FAILURE',
    cases: [
      'rfc5280::aki::leaf-missing-aki',
      'rfc5280::aki::intermediate-missing-aki',
      'rfc5280::aki::cross-signed-root-missing-aki',
      'rfc5280::ski::root-missing-ski',
      'rfc5280::ski::intermediate-missing-ski',
      'webpki::aki::root-with-aki-missing-keyidentifier',
      'webpki::aki::root-with-aki-authoritycertissuer',
      'webpki::aki::root-with-aki-authoritycertserialnumber',
      'webpki::aki::root-with-aki-all-fields',
      'webpki::aki::root-with-aki-ski-mismatch',
    ],
  },
  {
    reason: 'an anchor is a name, a key and the right to sign (RFC 5280, section 6.1.1 (d)): nothing else of it counts',
    expected: 'FAILURE',
    cases: [
      'rfc5280::validity::expired-root',
      'rfc5280::aki::critical-aki',
      'rfc5280::ski::critical-ski',
      'rfc5280::unknown-critical-extension-root',
    ],
  },
  {
    reason:
      'criticality that RFC 5280 or the CA/Browser Forum asks of the writer; the extension is understood either way',
    expected: 'FAILURE',
    cases: [
      'rfc5280::root-non-critical-basic-constraints', // section 6.1.4 (k) does not ask; OpenSSL 1.0 wrote such CAs
      'rfc5280::san::noncritical-with-empty-subject',
      'webpki::san::san-critical-with-nonempty-subject',
      'webpki::eku::ee-critical-eku',
    ],
  },
  {
    reason: 'keyCertSign without cA, which RFC 5280 asks CAs not to write: such a certificate issues nothing here',
    expected: 'FAILURE',
    cases: ['rfc5280::leaf-ku-keycertsign'],
  },
  {
    reason:
      'RFC 5280, section 4.1.2.2, asks readers to be graceful with serial numbers of 0: a public root of Starfield has it',
    expected: 'FAILURE',
    cases: ['rfc5280::serial::zero'],
  },
  {
    reason: 'extensions that are not processed are not looked into when they are not critical',
    expected: 'FAILURE',
    cases: ['rfc5280::pc::ica-noncritical-pc', 'webpki::malformed-aia'],
  },
  {
    reason: 'the CA/Browser Forum wants a common name to repeat a subjectAltName; common names are not read',
    expected: 'FAILURE',
    cases: [
      'webpki::cn::ipv4-hex-mismatch',
      'webpki::cn::ipv4-leading-zeros-mismatch',
      'webpki::cn::punycode-not-in-san',
      'webpki::cn::utf8-vs-punycode-mismatch',
      'webpki::cn::not-in-san',
      'webpki::cn::case-mismatch',
    ],
  },
  {
    reason: 'the CA/Browser Forum wants extendedKeyUsage in every leaf, without anyExtendedKeyUsage, and in no root',
    expected: 'FAILURE',
    cases: ['webpki::eku::ee-anyeku', 'webpki::eku::ee-without-eku', 'webpki::eku::root-has-eku'],
  },
  {
    reason: 'RFC 5280 lets a CA be a leaf, as the self-signed certificate of a private broker is',
    expected: 'FAILURE',
    cases: ['webpki::ee-basicconstraints-ca'],
  },
  {
    reason: 'there is no list of public suffixes on the board; two labels below the wildcard are all that is asked',
    expected: 'FAILURE',
    cases: [
      'webpki::san::public-suffix-multi-label-wildcard-san',
      'webpki::san::public-suffix-private-namespace-wildcard-san',
    ],
  },
];
