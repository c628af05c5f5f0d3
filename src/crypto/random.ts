/** Cryptographically secure random bytes: each call gives `length` new ones. */
export type Random = (length: number) => Uint8Array;
