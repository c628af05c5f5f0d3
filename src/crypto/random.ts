/** Gives `length` bytes that nobody can guess, new ones with each call. */
export type Random = (length: number) => Uint8Array;
