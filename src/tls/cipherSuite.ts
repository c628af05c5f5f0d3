/**
 * The two suites: ephemeral ECDH, AES-128-GCM, PRF and transcript on SHA-256 (RFC 5289, section 3.2). They differ in the
 * key of the server's certificate only; both are among those that RFC 9325, section 4.2 recommends.
 */
export const ECDHE_ECDSA = 0xc02b;
export const ECDHE_RSA = 0xc02f;
