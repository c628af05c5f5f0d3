/** A cryptographic operation that cannot be done: a key or point that is not one, a check of its own result that failed. */
export class CryptoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CryptoError';
  }
}
