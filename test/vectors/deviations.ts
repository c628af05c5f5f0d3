/**
 * The vectors of C2SP's Wycheproof that are not run, and those that are refused although its files would let them pass, each with
 * the reason. There is no third list: every vector that has an answer gets that answer.
 */

/** AES-GCM: groups of parameters that no cipher suite here has. */
export const GCM_NOT_RUN: { reason: string; applies: (group: { keySize: number; ivSize: number }) => boolean }[] = [
  { reason: 'the suites use AES-128 only (RFC 5289, section 3.2)', applies: ({ keySize }) => keySize !== 128 },
  { reason: 'a nonce has 12 bytes in TLS (RFC 5288, section 3)', applies: ({ ivSize }) => ivSize !== 96 },
];

/** Vectors that the files call acceptable, which leaves the answer open, by their flags: all are refused here. */
export const ACCEPTABLE_REFUSED: { reason: string; flag: string }[] = [
  { reason: 'points are uncompressed (RFC 8422, section 5.4.1)', flag: 'CompressedPoint' },
  { reason: 'curves are named, not described (RFC 5480, section 2.1.1)', flag: 'UnnamedCurve' },
  { reason: 'DER is read strictly', flag: 'InvalidAsn' },
  { reason: 'the encoding is compared whole, its NULL included (RFC 8017, section 9.2)', flag: 'MissingNull' },
];
