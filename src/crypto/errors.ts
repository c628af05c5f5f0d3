/** A cryptographic operation failed: the key or point is invalid, or a check of the result did not hold. */
export class CryptoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CryptoError';
  }
}
