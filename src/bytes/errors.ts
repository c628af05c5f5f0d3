/** Bytes that are not what their format says: a length that does not fit, a vector that ends early, one that goes on. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}
